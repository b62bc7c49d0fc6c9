import type { DatasetRequest } from "../../contracts/dataset-request.ts";
import type { PreparedDataset } from "./prepared-dataset.ts";
import { RowPreparer } from "./row-preparer.ts";

/** A file to read and what messages call it. */
export interface DataFile {
  path: string;
  name: string;
}

/** What messages call all of it. */
export function datasetOf({ source }: DatasetRequest, files: DataFile[]): string {
  return source.kind === "hub" ? source.repo : files.map((file) => file.name).join(", ");
}

/**
 * What prepares the rows of each file. The parts of one dataset are alike; files that somebody put together need not be,
 * and each is read by its own columns.
 */
export class FilePreparers {
  readonly #request: DatasetRequest;
  readonly #name: string;
  readonly #used: { path: string; from: number; preparer: RowPreparer }[] = [];

  constructor(request: DatasetRequest, files: DataFile[]) {
    this.#request = request;
    this.#name = datasetOf(request, files);
  }

  /** @param from prepared rows so far, should this be the first of the file */
  of(file: DataFile, from: number): RowPreparer {
    const last = this.#used.at(-1);
    const alike = this.#request.source.kind !== "files";
    if (last !== undefined && (alike || last.path === file.path)) return last.preparer;
    const preparer = new RowPreparer(this.#request, alike ? this.#name : file.name);
    this.#used.push({ path: file.path, from, preparer });
    return preparer;
  }

  get firstFault(): string | undefined {
    return this.#used.map(({ preparer }) => preparer.firstFault).find(Boolean);
  }

  /** How each file was read. @throws UserError if a column that was named is in none of a file's rows */
  finish(): NonNullable<PreparedDataset["files"]> {
    return this.#used.map(({ path, from, preparer }) => {
      preparer.requireNamedColumns();
      const { form, columns } = preparer.recipe ?? { form: "prompt", columns: {} };
      return { path, from, recipe: { form, columns } };
    });
  }
}
