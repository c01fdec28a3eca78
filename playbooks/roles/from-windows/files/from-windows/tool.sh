#!/bin/sh
echo "works"
