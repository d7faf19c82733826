/** SQL for the inside of `in (…)`. @param values words that need no quoting */
export const oneOf = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');
