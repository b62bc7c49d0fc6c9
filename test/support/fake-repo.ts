/** A dataset repository: revision -> path -> content. */
export interface FakeRepo {
  revisions: Record<string, Record<string, string | Buffer>>;
  private?: boolean;
  /** What was committed, the latest last. */
  commits?: { branch: string; title: string; paths: string[] }[];
  /** Without this token the repository does not exist for the asker. */
  token?: string;
  /** Its files are refused to everybody, as until the terms are accepted. */
  gated?: boolean;
}
