import { type ApiError, badRequest, unknownObject } from "../http/api-errors.ts";
import { pageOf } from "../http/paging.ts";
import type { Simulation } from "../simulation.ts";
import { fileObject, type StoredFile } from "./file-store.ts";
import type { Upload } from "./upload.ts";

/** Makes an upload known under a new id. */
export function storeUpload({ files, clock }: Simulation, upload: Upload) {
  return fileObject(files.add({ ...upload, createdMs: clock.nowMs() }));
}

/** GET /v1/files: newest first unless asked otherwise. */
export function listFiles({ files }: Simulation, query: URLSearchParams): object | ApiError {
  const purpose = query.get("purpose");
  const order = query.get("order") ?? "desc";
  if (order !== "asc" && order !== "desc") {
    return badRequest(
      `Invalid value: '${order}'. Supported values are: 'asc', 'desc'.`,
      "order",
      "invalid_value",
    );
  }
  const listed = files
    .all()
    .filter((file) => purpose === null || file.purpose === purpose)
    .map(fileObject);
  return pageOf(order === "desc" ? listed.reverse() : listed, query, { usual: 10_000, most: 10_000 });
}

export function retrieveFile({ files }: Simulation, id: string): object | ApiError {
  const file = files.get(id);
  return file ? fileObject(file) : unknownObject("File", id);
}

export function deleteFile({ files }: Simulation, id: string): object | ApiError {
  return files.delete(id) ? { object: "file", id, deleted: true } : unknownObject("File", id);
}

/** The file whose content is asked for. */
export function contentFile({ files }: Simulation, id: string): StoredFile | ApiError {
  return files.get(id) ?? unknownObject("File", id);
}
