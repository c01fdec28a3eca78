"""Write down what a new machine is made of, and compare it with what it is later."""
