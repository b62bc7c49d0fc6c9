import { Visitor } from "@swc/core/Visitor.js";

/**
 * Which folder may import which. Arrows point one way:
 * cli, test, bench -> services/<one> -> tools -> shared/runtime -> shared/contracts -> zod.
 */
const OURS = "^(services|shared|tools|cli|bench|test)/";

// swc parses `using` declarations, but the visitor that dependency-cruiser builds on stops at them.
const visitStatement = Visitor.prototype.visitStatement;
Visitor.prototype.visitStatement = function visitAnyStatement(statement) {
  if (statement.type !== "UsingDeclaration") return visitStatement.call(this, statement);
  return { ...statement, decls: this.visitVariableDeclarators(statement.decls) };
};

export default {
  forbidden: [
    {
      name: "services-never-import-each-other",
      comment: "What two services need belongs into shared/; what they tell each other is a contract.",
      severity: "error",
      from: { path: "^services/([^/]+)/" },
      to: { path: "^services/", pathNot: "^services/$1/" },
    },
    {
      name: "services-stand-alone",
      comment: "A service is started and used by cli, bench and test; it knows none of them.",
      severity: "error",
      from: { path: "^services/" },
      to: { path: "^(cli|bench|test)/" },
    },
    {
      name: "shared-knows-no-user-of-it",
      comment: "shared/ is what the others stand on.",
      severity: "error",
      from: { path: "^shared/" },
      to: { path: "^(services|tools|cli|bench|test)/" },
    },
    {
      name: "tools-need-no-system",
      comment: "tools/ works on plain files; a service or a command uses it, it uses neither, and no broker.",
      severity: "error",
      from: { path: "^tools/" },
      to: { path: "^(services|cli|bench|test)/" },
    },
    {
      name: "work-of-a-job-knows-no-owner",
      comment:
        "Rooms of the coordinator that do a job's work are called by those that own and answer, never the other way.",
      severity: "error",
      from: { path: "^services/coordinator/(feeding|collecting|exporting|batches|kinds|job)/" },
      to: { path: "^services/coordinator/(owning|submitting|answering|plans)/" },
    },
    {
      name: "parts-of-a-kind-are-loaded-when-wanted",
      comment:
        "The process that exports has little memory: the value of a kind names its parts by import(), and loads none of them.",
      severity: "error",
      from: { path: "^services/coordinator/kinds/[^/]+/[^/]+-(kind|stage)[.]ts$" },
      to: {
        path: "^services/coordinator/kinds/[^/]+/(submit|export)-",
        dependencyTypesNot: ["dynamic-import", "type-only"],
      },
    },
    {
      name: "nothing-shipped-imports-tests-or-benches",
      comment: "test/ and bench/ are not in the package.",
      severity: "error",
      from: { path: "^cli/" },
      to: { path: "^(bench|test)/" },
    },
    {
      name: "only-the-runtime-knows-nats",
      comment:
        "Everyone else speaks through contracts and the runtime's own functions; tests also play foreign clients.",
      severity: "error",
      from: { path: OURS, pathNot: "^(shared/runtime|test)/" },
      to: { path: "(^|/)@nats-io/" },
    },
    {
      name: "only-providers-know-dialects",
      comment: "What a provider's requests and answers look like is asked of the provider's value.",
      severity: "error",
      from: { path: OURS, pathNot: "^(shared/providers/|shared/batch-lane/request-line[.]ts$|test/)" },
      to: { path: "^shared/providers/(openai|anthropic|faults)/" },
    },
    {
      name: "contracts-need-only-zod",
      comment:
        "A contract is a value that every client can read: it stands on zod, the sentences of errors and other contracts alone.",
      severity: "error",
      from: { path: "^shared/contracts/" },
      to: {
        pathNot: [
          "^shared/contracts/",
          "^shared/(errors|words/nearest-names|words/any-of)[.]ts$",
          "(^|/)node_modules/zod/",
        ],
      },
    },
    {
      name: "no-cycles",
      comment:
        "Two modules that need each other, be it for a type, are one concept, or hide a third: give that a file of its own.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-missing-module",
      comment: "The import leads to no file and to no installed package.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "shipped-code-needs-real-dependencies",
      comment: "A development dependency is not there in an installed package.",
      severity: "error",
      from: { path: "^(services|shared|tools|cli)/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only"] },
    },
  ],
  options: {
    // TypeScript 7 has no compiler interface that dependency-cruiser can use; swc reads type-only imports too.
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["node", "import", "default"] },
  },
};
