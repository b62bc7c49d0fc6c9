export type OutputFormat = "json" | "jsonl" | "csv" | "parquet";

/** A file to be written of rows. */
export interface Output {
  format: OutputFormat;
  path: string;
  rows: AsyncIterable<object>;
  /** Columns of CSV and Parquet, in order; the first row's by default. Fields beside them are left out. */
  columns?: readonly string[] | undefined;
  /** DuckDB types of Parquet's columns that are more than text. */
  types?: Readonly<Record<string, string>> | undefined;
}

/** What was written. */
export interface Written {
  rows: number;
  bytes: number;
  /** Cells of CSV and Parquet whose lone surrogates, which UTF-8 cannot hold, became U+FFFD. JSON escapes them. */
  replaced: number;
}
