import type { DataSet } from './dataset.ts';
import { many } from './many.ts';
import { one } from './one.ts';
import { small } from './small.ts';
import { wide } from './wide.ts';

export const dataSets: readonly DataSet[] = [many, one, wide, small];
