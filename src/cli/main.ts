#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Compiling takes half of a short command's time, and what is loaded after this line is compiled only once.
enableCompileCache();
await import('./command-line.ts');
