#!/usr/bin/env bash
echo "deployed"
