/*
 * SQL of what says that a copy of a backup is still to be made: one owner for those who make copies, who warn that they are late, and who keep what
 * is not copied yet. In the query `b` is the backup, `place.store` where the copy is to be, `$1` the names of the configured stores.
 */

/** Joins the row that says what has become of the copy, as `c`. @param own our schema, quoted */
export const joinCopy = (own: string): string =>
  `left join ${own}.system_backup_copies c on c.backup_id = b.id and c.store = place.store`;

/** Whether a place that is not the backup's home lacks it, or has it damaged. */
export const isLacking = `b.store <> place.store and (c.state is null or c.state = 'damaged')`;

/** Whether the copy can and has to be made from the backup's home. */
export const isDue = `b.status = 'completed' and not b.damaged and place.store = any ($1) and ${isLacking}`;
