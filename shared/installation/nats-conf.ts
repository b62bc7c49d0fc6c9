import { passwordVariable } from "./broker-passwords.ts";
import { BROKER_USER_NAMES, BROKER_USERS, type BrokerPermissions, type BrokerUser } from "./broker-users.ts";

const BEGIN = "  # Made by `npm run nats-conf` from shared/installation/broker-users.ts: change it there.";
const END = "  # End of the users.";
const LINE_CHARACTERS = 110;

/** The broker's configuration with its users replaced by those of the list; all else stays. @throws Error without the two marks */
export function withBrokerUsers(text: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) {
    throw new Error(`The configuration needs the lines "${BEGIN}" and "${END}", in this order.`);
  }
  const users = BROKER_USER_NAMES.map(userText).join("\n");
  return `${text.slice(0, begin)}${BEGIN}\n  users: [\n${users}\n  ]\n${text.slice(end)}`;
}

function userText(user: BrokerUser): string {
  const permissions: BrokerPermissions | null = BROKER_USERS[user];
  const lines = [`user: "${user}"`, `password: $${passwordVariable(user)}`];
  if (permissions !== null) {
    lines.push("permissions {");
    for (const what of ["publish", "subscribe"] as const) lines.push(...listText(what, permissions[what]));
    lines.push("}");
  }
  return ["    {", ...lines.map((line) => `      ${line}`), "    }"].join("\n");
}

function listText(what: string, subjects: readonly string[]): string[] {
  const quoted = subjects.map((subject) => JSON.stringify(subject));
  const line = `  ${what}: [${quoted.join(", ")}]`;
  if (line.length <= LINE_CHARACTERS) return [line];
  return [`  ${what}: [`, ...quoted.map((subject) => `    ${subject}`), "  ]"];
}
