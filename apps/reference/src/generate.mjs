// Writes the API reference, docs/api, from the docstrings of all public packages: a page for each entry point. Checks
// the links between the pages; every warning is an error. `--check` writes nothing and fails if the pages are out of
// date. TypeDoc needs the compiler API, which TypeScript 7 does not have, so this workspace has its own TypeScript.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Application, ReflectionKind } from "typedoc";

const root = join(import.meta.dirname, "../../..");
const pages = join(root, "docs/api");
const { scope } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).config;

/** Source and name (without scope) of each entry point. Lower layers first: names are documented where defined. */
const entries = ["packstream", "framing", "protocol", "client", "server"].flatMap((name) => {
  const folder = join(root, "packages", name);
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return Object.entries(exports).flatMap(([path, { [`${scope}/source`]: source }]) =>
    source ? { name: join(name, path), source: join(folder, source) } : [],
  );
});

async function generate(out) {
  const app = await Application.bootstrapWithPlugins({
    name: "API reference",
    plugin: ["typedoc-plugin-markdown"],
    entryPoints: entries.map(({ source }) => source),
    tsconfig: join(import.meta.dirname, "../tsconfig.json"),
    out,
    readme: "none",
    // Leave out what differs between machines or changes with every commit.
    disableSources: true,
    disableGit: true,
    excludeInternal: true,
    excludePrivate: true,
    excludeProtected: true,
    excludeExternals: true,
    sort: ["source-order"],
    sortEntryPoints: false,
    validation: { notExported: true, invalidLink: true, rewrittenLink: true, invalidPath: true },
    logLevel: "Warn",
    // Options of the plugin.
    outputFileStrategy: "modules",
    entryFileName: "README",
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    // Otherwise names that differ only in case, like `Dial` and `dial`, get anchors that no heading has.
    useHTMLAnchors: true,
    expandObjects: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    classPropertiesFormat: "table",
    typeAliasPropertiesFormat: "table",
    propertyMembersFormat: "table",
    typeDeclarationFormat: "table",
    tableColumnSettings: { hideSources: true, hideModifiers: true },
    pageTitleTemplates: { module: ({ name }) => `${scope}/${name}` },
  });
  const project = await app.convert();
  if (!project) throw new Error("the sources do not compile");
  for (const [i, module] of project.getReflectionsByKind(ReflectionKind.Module).entries()) {
    module.name = entries[i].name;
    for (const name of undocumented(module))
      app.logger.warn(`${module.name} exports ${name} without a docstring`);
  }
  // TypeDoc looks for names that are used but not exported in a single package only, so validate each in turn.
  for (const { name } of entries) {
    project.packageName = `${scope}/${name}`;
    app.validate(project);
  }
  await app.generateOutputs(project);
  if (app.logger.hasWarnings() || app.logger.hasErrors()) process.exitCode = 1;
}

/** Exports without a docstring. TypeDoc's own check would also require one for every method and callback. */
const undocumented = (module) =>
  (module.children ?? [])
    .filter(
      (child) =>
        !child.isReference() && !child.hasComment() && !child.signatures?.some((call) => call.hasComment()),
    )
    .map(({ name }) => name);

/** The text of every page, by its path relative to the folder. */
const read = (folder) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), readFileSync(path, "utf8")]),
  );

const [option, ...more] = process.argv.slice(2);
if (more.length > 0 || (option !== undefined && option !== "--check")) {
  console.error(`usage: pnpm api [--check]    (got: ${process.argv.slice(2).join(" ")})`);
  process.exitCode = 1;
} else if (option === "--check") {
  const fresh = mkdtempSync(join(tmpdir(), "api-"));
  process.once("exit", () => rmSync(fresh, { recursive: true, force: true }));
  process.once("SIGINT", () => process.exit(130));
  await generate(fresh);
  const [wanted, found] = [read(fresh), read(pages)];
  const stale = [...new Set([...Object.keys(wanted), ...Object.keys(found)])].filter(
    (path) => wanted[path] !== found[path],
  );
  if (stale.length > 0) {
    console.error(`docs/api is out of date: ${stale.join(", ")}. Run \`pnpm api\`.`);
    process.exitCode = 1;
  }
} else {
  await generate(pages);
}
