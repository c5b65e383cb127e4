/** How a copy differs from its source. */
export interface Difference {
  readonly missing: number;
  readonly outdated: number;
  /** Gone in the source, still in the copy. */
  readonly surplus: number;
  /** Not sent, and named with a reason. */
  readonly named: number;
}

/** Copies that several programs made of one source, compared by somebody who sees both sides: the page shows them. */
export interface Contrast {
  readonly resource: string;
  /** Rows in the source. */
  readonly rows: number;
  readonly copies: readonly (Difference & {
    readonly name: { readonly en: string; readonly zh: string };
  })[];
}
