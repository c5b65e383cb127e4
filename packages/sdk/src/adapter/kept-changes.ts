/** What a source keeps for the reader of a feed until it goes on. */
export interface KeptChanges {
  readonly bytes: number;
  /** Beyond it the source gives the reader up; null without a limit. */
  readonly limitBytes: number | null;
  /**
   * With the position of now, the name of the feed, one on this server: readers of the same feed take each other's
   * changes.
   */
  readonly feed?: string;
  /** With the position of now: feeds of this kind that belong to other readers, or to nobody any more. */
  readonly others?: readonly {
    readonly feed: string;
    readonly bytes: number;
    /** The statement that removes it. */
    readonly removal: string;
  }[];
}
