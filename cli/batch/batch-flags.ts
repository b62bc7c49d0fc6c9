/** Of the commands that read and write files. */
export interface FileFlags {
  inputFile?: string;
  outputFile?: string;
  json?: boolean;
}

/** Of `assay batch create-input`. */
export interface CreateFlags extends FileFlags {
  modelName?: string;
  system?: string;
  template?: string;
  columns?: string;
  schema?: string;
  skipBadRows?: boolean;
  rowNumbers?: boolean;
}

/** Of the commands that ask the provider. */
export interface BatchFlags {
  id?: string;
  file?: string;
  download?: string;
  limit?: string;
  json?: boolean;
}
