/** A line of a log file as a person reads it, and the moment at which it was written. */
export interface LogLine {
  /** Unix milliseconds; undefined where the line does not say it. */
  atMs: number | undefined;
  text: string;
}

const LEVELS: Readonly<Record<number, string>> = { 40: "warning: ", 50: "error: ", 60: "fatal: " };
/** What stands in every record, or is shown in another place. */
const HIDDEN = new Set(["level", "time", "pid", "hostname", "service", "replica", "name", "msg", "err"]);
const NATS_LINE = /^\[\d+\] (\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d\.\d{3})\d* \[(\w+)\] (.*)$/;

/** Reads a record of a service, a line of nats-server, or a sentence. */
export function readLogLine(line: string): LogLine {
  const record = recordOf(line);
  if (record !== undefined) return { atMs: record.time, text: textOf(record) };
  const nats = NATS_LINE.exec(line);
  if (nats === null) return { atMs: undefined, text: line };
  const [, year, month, day, time, level, text] = nats;
  return {
    atMs: Date.parse(`${year}-${month}-${day}T${time}`),
    text: level === "INF" ? text! : `${level}: ${text}`,
  };
}

/** The time of day as the clock on the wall shows it. */
export function timeOfDay(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number, digits = 2) => String(value).padStart(digits, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${two(at.getMilliseconds(), 3)}`;
}

type LogRecord = Record<string, unknown> & { time: number };

function recordOf(line: string): LogRecord | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const record = JSON.parse(line) as Record<string, unknown>;
    return typeof record.time === "number" ? (record as LogRecord) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(record: LogRecord): string {
  const fields = Object.entries(record).filter(([name]) => !HIDDEN.has(name));
  const shown = fields.map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const { message } = (record.err ?? {}) as { message?: string };
  const why = message === undefined ? "" : ` (${message})`;
  const what = `${LEVELS[Number(record.level)] ?? ""}${record.msg ?? ""}${why}`;
  return [what, ...shown].filter(Boolean).join("  ");
}
