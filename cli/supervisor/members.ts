import { getCompileCacheDir } from "node:module";
import { brokerUrl } from "../../shared/installation/broker-passwords.ts";
import type { BrokerUser } from "../../shared/installation/broker-users.ts";
import { SERVICE_ENVIRONMENT } from "../../shared/installation/service-flags.ts";
import type { Secrets } from "./secrets.ts";

/** What the members are started with. */
export interface MemberContext {
  secrets: Secrets;
  ports: Record<string, number>;
  dataRoot: string;
  /** The system's own folder, closed to messages. */
  home: string;
  annotators: string | undefined;
  /** It is there for questions alone: no job is taken up. */
  onlyAnswers: boolean;
  /** Where each replica serves its metrics; any free port where it is not named. */
  httpPorts: ReadonlyMap<string, number>;
  /** Names of the members that this system has. */
  names: ReadonlySet<string>;
}

/** A service that a system runs. */
export interface Member {
  /** = its folder in services/. */
  name: string;
  /** As whom it speaks to the broker, which is its name; null: it does not. */
  user: BrokerUser | null;
  /** Part of every system; the others are asked for. */
  always: boolean;
  /** How many are started when nothing else is said. */
  replicas: number;
  /** The variable that tells it its port, where others must know that before it starts. */
  portVariable?: string;
  /** Variables that the caller's environment may set otherwise. */
  defaults?: Record<string, string>;
  environment(context: MemberContext): Record<string, string | undefined>;
}

/** The simulator takes any. */
export const SIMULATED_KEY = "simulated-key";

/** One entry a service: the supervisor knows nothing else of them. */
export const MEMBERS: readonly Member[] = [
  {
    name: "coordinator",
    user: "coordinator",
    always: true,
    replicas: 1,
    environment: ({ secrets, dataRoot, home, annotators, onlyAnswers }) => ({
      ASSAY_ONLY_ANSWERS: onlyAnswers ? "1" : undefined,
      ASSAY_DATA_ROOTS: dataRoot,
      ASSAY_CLOSED_FOLDERS: home,
      ASSAY_GRANT_KEY: secrets.grantKey,
      ASSAY_ANNOTATORS: annotators,
    }),
  },
  {
    name: "dispatcher",
    user: "dispatcher",
    always: true,
    replicas: 1,
    environment: ({ annotators, names, ports }) => ({
      ASSAY_ANNOTATORS: annotators,
      ...(names.has("openai-simulator") ? atSimulator(ports["openai-simulator"]!) : {}),
    }),
  },
  {
    name: "batch-supervisor",
    user: "batch-supervisor",
    always: true,
    replicas: 1,
    environment: ({ annotators, names, ports }) => ({
      ASSAY_ANNOTATORS: annotators,
      ...(names.has("openai-simulator") ? atSimulator(ports["openai-simulator"]!) : {}),
    }),
  },
  {
    name: "judge",
    user: "judge",
    always: true,
    replicas: 1,
    environment: () => ({}),
  },
  {
    name: "openai-simulator",
    user: null,
    always: false,
    replicas: 1,
    portVariable: "ASSAY_SIMULATOR_PORT",
    // As a provider does it: it tells its limits, and a job finds out about them.
    defaults: {
      ASSAY_SIMULATOR_REQUESTS_PER_MINUTE: "6000",
      ASSAY_SIMULATOR_TOKENS_PER_MINUTE: "4000000",
    },
    environment: () => ({}),
  },
];

/** How OpenAI's own names are made to mean the simulator. */
function atSimulator(port: number): Record<string, string> {
  return {
    OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
    OPENAI_API_KEY: SIMULATED_KEY,
    OPENAI_API_KEY_FILE: "",
  };
}

/** A member's whole environment: the caller's own, which holds the keys, and what the supervisor decides. */
export function environmentOf(
  member: Member,
  replica: string,
  context: MemberContext,
  inherited: Record<string, string | undefined>,
): Record<string, string | undefined> {
  return {
    ...SERVICE_ENVIRONMENT,
    ...member.defaults,
    ...inherited,
    NODE_COMPILE_CACHE: inherited.NODE_COMPILE_CACHE ?? getCompileCacheDir(),
    ASSAY_REPLICA: replica,
    ASSAY_SUPERVISED: "1",
    ASSAY_HTTP_HOST: "127.0.0.1",
    ASSAY_HTTP_PORT: String(context.httpPorts.get(replica) ?? 0),
    ASSAY_NATS_URL:
      member.user === null
        ? undefined
        : brokerUrl(member.user, context.secrets.passwords, context.ports.nats!),
    ...(member.portVariable ? { [member.portVariable]: String(context.ports[member.name]) } : {}),
    ...member.environment(context),
  };
}
