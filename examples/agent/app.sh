#!/bin/sh
# Stands for your program.
echo "A key of ${#OPENAI_API_KEY} characters is in OPENAI_API_KEY."
exec sleep 86400
