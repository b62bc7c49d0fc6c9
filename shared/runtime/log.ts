import { type Logger, pino } from "pino";
import { redact } from "../words/redact.ts";

const secrets = new Set<string>();
let current: Logger | undefined;

/** Keeps a value out of every log line from now on. */
export function keepOutOfLogs(secret: string): void {
  if (secret.length >= 6) secrets.add(secret);
}

/** The process's logger: JSON lines on standard output. */
export function log(): Logger {
  current ??= openLog("assay", "assay-0", "info");
  return current;
}

export function openLog(service: string, replica: string, level: string): Logger {
  current = pino({
    level,
    base: { service, replica },
    hooks: { streamWrite: (line) => redact(line, secrets) },
  });
  return current;
}
