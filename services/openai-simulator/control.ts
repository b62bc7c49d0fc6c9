import { ZodError, z } from "zod";
import type { PartialOptions, SimulatorOptions } from "./options.ts";
import type { Stats } from "./stats.ts";

/** What the control side can do, whoever asks: HTTP or the program that started the simulator. */
export type ControlRoutes = {
  stats(): Stats;
  /** How often the call or line with this id (of `callHeader` or `batchCallId`) was paid. */
  paid(callId: string): number;
  reset(): void;
  configure(partial: PartialOptions): SimulatorOptions;
  metrics(): Promise<string>;
  /** Steps the batch clock ahead. */
  advance(seconds: number): void;
};

export type ControlReply = { status: number; body: string; type: string };

const PAID_PATH = "/simulator/paid/";

/** Answers everything that is not the provider's API; null where the path is none of these. */
export async function controlRoute(
  control: ControlRoutes,
  method: string,
  path: string,
  body: Buffer,
): Promise<ControlReply | null> {
  if (method === "GET" && path.startsWith(PAID_PATH)) {
    const id = decodeURIComponent(path.slice(PAID_PATH.length));
    return json(200, { id, paid: control.paid(id) });
  }
  switch (`${method} ${path}`) {
    case "GET /healthz":
    case "GET /readyz":
      return json(200, { status: "ok" });
    case "GET /metrics":
      return { status: 200, body: await control.metrics(), type: "text/plain; version=0.0.4" };
    case "GET /simulator/stats":
      return json(200, control.stats());
    case "POST /simulator/reset":
      control.reset();
      return json(200, { reset: true });
    case "POST /simulator/configure":
      return configured(control, body);
    case "POST /simulator/advance":
      return advanced(control, body);
    default:
      return null;
  }
}

function configured(control: ControlRoutes, body: Buffer): ControlReply {
  return guarded(() => {
    const { apiKeys, batchKeys, ...shown } = control.configure(JSON.parse(body.toString("utf8")));
    return { ...shown, apiKeys: apiKeys?.length ?? null, batchKeys: batchKeys?.length ?? null };
  });
}

const Advance = z.strictObject({ seconds: z.number().min(0) });

function advanced(control: ControlRoutes, body: Buffer): ControlReply {
  return guarded(() => {
    const { seconds } = Advance.parse(JSON.parse(body.toString("utf8")));
    control.advance(seconds);
    return { advanced: seconds };
  });
}

function guarded(act: () => object): ControlReply {
  try {
    return json(200, act());
  } catch (error) {
    if (error instanceof ZodError) return json(400, { error: z.prettifyError(error) });
    if (error instanceof SyntaxError) return json(400, { error: "The body is not JSON." });
    throw error;
  }
}

function json(status: number, value: unknown): ControlReply {
  return { status, body: JSON.stringify(value), type: "application/json" };
}
