/** Flags of `assay batch run`; those but the first two are for folders. */
export interface FolderRunFlags {
  file?: string;
  json?: boolean;
  batchReport?: string;
  maxEnqueuedTokens?: string;
  poll?: string;
  reconcileWait?: string;
}
