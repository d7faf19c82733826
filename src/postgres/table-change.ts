/**
 * One part's share of a version of Holdfast's own tables. The catalog and a store that lives in the same database each
 * bring their own; `src/catalog/migrations.ts` puts those of one version together.
 */
export interface TableChange {
  /**
   * The version of the tables that this change belongs to. Several parts may have a share in one version. A new change needs
   * a version above all others, or an installation that has that version already never makes it.
   */
  version: number;
  /** What changes, for readers of `holdfast_migrations`. */
  name: string;
  /**
   * The SQL, for a schema whose name is quoted already. It must do no harm when it runs again: when one of our tables was
   * dropped, all changes run once more, which makes what is missing and leaves the rest as it is.
   */
  sql(schema: string): string;
  /**
   * Every column that it adds, by table: the name, and the type as format_type() writes it. A table that it creates has all
   * of them. A table with any other column is not ours and is refused.
   */
  columns: Readonly<Record<string, readonly string[]>>;
}
