#!/usr/bin/env node
// What can be done with the package by hand.
//
//   njs-auth-jwt from-kong kong.yml --out DIR

import { fromKong, USAGE } from './from-kong/command.mjs';

const [command, ...words] = process.argv.slice(2);
if (command === 'from-kong') {
  process.exitCode = await fromKong(words, console);
} else {
  const isAsked = command === undefined || command === '--help' || command === 'help';
  (isAsked ? console.log : console.error)(USAGE);
  process.exitCode = isAsked ? 0 : 1;
}
