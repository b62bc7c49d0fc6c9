/** Of `assay publish`. */
export interface PublishFlags {
  to?: string;
  input?: string;
  private?: boolean;
  revision: string;
  message: string;
  card?: string;
  dryRun?: boolean;
  json?: boolean;
}
