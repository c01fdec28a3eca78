#include <stdio.h>

#include "parts.h"

#define GREETING "open"

int main(void) {
    puts(GREETING);
    puts("parts " PARTS);
    puts("receipt " RECEIPT);
    puts("fetched " FETCHED);
}
