import { UserError } from "../../errors.ts";
import { nearestNames } from "../../words/nearest-names.ts";

/** What a column can be to Assay. */
export const ROLES = ["instruction", "input", "output", "prompt", "system", "messages"] as const;
export type Role = (typeof ROLES)[number];

/** Which column plays which role; an empty name says that none does, whatever the columns are called. */
export type ColumnRoles = Partial<Record<Role, string>>;

/** The names by which a role's column is known where the user names none; the first that is there counts. */
export const USUAL_NAMES: Record<Role, readonly string[]> = {
  messages: ["messages", "conversations"],
  instruction: ["instruction"],
  input: ["input"],
  prompt: ["prompt", "user_prompt", "question", "text"],
  output: ["annotation_original", "output", "response", "completion", "answer"],
  system: ["system_prompt", "system"],
};

/** Reads `instruction=q,input=ctx,output=a`. A comma belongs to a column's name unless `role=` follows it. */
export function parseColumns(text: string): ColumnRoles {
  const roles: ColumnRoles = {};
  for (const part of text.split(/,(?=\s*\w+\s*=)/)) {
    const equals = part.indexOf("=");
    const role = part.slice(0, Math.max(equals, 0)).trim();
    if (equals < 0) throw wrong(`"${part.trim()}" is not role=column`);
    if (!isRole(role)) {
      const meant = nearestNames(role, ROLES, 1)[0];
      throw wrong(`there is no role "${role}"${meant ? `, did you mean ${meant}` : ""}`);
    }
    if (roles[role] !== undefined) throw wrong(`${role} is given twice`);
    roles[role] = part.slice(equals + 1).trim();
  }
  const prompts = (["instruction", "prompt", "messages"] as const).filter((role) => roles[role]);
  if (prompts.length > 1) throw wrong(`${prompts.join(" and ")} exclude each other: name one`);
  if (roles.input && prompts[0] !== undefined && prompts[0] !== "instruction") {
    throw wrong(`input goes with instruction, not with ${prompts[0]}: use --template to join columns`);
  }
  return roles;
}

const isRole = (name: string): name is Role => (ROLES as readonly string[]).includes(name);

function wrong(what: string): UserError {
  return new UserError(
    `--columns is wrong: ${what}. Write e.g. --columns instruction=question,input=context,output=answer (roles: ${ROLES.join(", ")}).`,
  );
}
