import { parseArgs } from "node:util";

/** What every bench takes; a number that is not given is the bench's own default. */
export interface BenchArguments {
  /** A tenth or so of the work: shows that the bench runs, not what the system can do. */
  quick: boolean;
  rows: number | undefined;
  seconds: number | undefined;
  /** Keeps the temporary folder with logs, dataset and output, and says where it is. */
  keep: boolean;
  /** Replicas of the dispatcher. */
  replicas: number[] | undefined;
  /** What may be killed: beginnings of names such as nats, coordinator, dispatcher-1. */
  victims: string[];
  /** How many times faster than a clock the simulated provider's batches go. */
  speed: number | undefined;
}

/** Reads the command line; ends the process with a sentence where it is wrong. */
export function benchArguments(): BenchArguments {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: "boolean", default: false },
        rows: { type: "string" },
        seconds: { type: "string" },
        replicas: { type: "string" },
        victims: { type: "string", default: "nats,coordinator,dispatcher" },
        speed: { type: "string" },
        keep: { type: "boolean", default: false },
      },
    });
    const { quick, keep } = values;
    const replicas = values.replicas?.split(",").map((text) => count("replicas", text)!);
    return {
      quick,
      keep,
      replicas,
      victims: values.victims.split(","),
      rows: count("rows", values.rows),
      seconds: count("seconds", values.seconds),
      speed: count("speed", values.speed),
    };
  } catch (error) {
    process.stderr.write(
      `${(error as Error).message}\nA bench takes --quick, --rows N, --seconds N, --replicas N,N, --victims NAME,NAME, --speed N and --keep.\n`,
    );
    process.exit(2);
  }
}

function count(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text.replaceAll("_", ""));
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} is ${text}: give a whole number above 0.`);
}
