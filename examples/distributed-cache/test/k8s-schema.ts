// Whether manifests are what the API server takes: values by Kubernetes' own schemas, as kubernetes-models has compiled them.
// Those say nothing of fields they do not know (the server drops them, and a misspelt field is a missing one), so these
// are found by the types of the same schemas: each manifest is a literal in a program for the TypeScript compiler.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import ts from 'typescript'
import type { Manifest } from './k8s-manifests.ts'

/** A model of a kind: the name of its module is its `apiVersion` and its kind. */
type Model = new (data: Manifest) => { validate(): void }

const require = createRequire(import.meta.url)

/** Every violation in words; empty if there is none. */
export function schemaProblems(manifests: readonly Manifest[]): string[] {
  return [...manifests.flatMap(wrongValues), ...unknownFields(manifests)]
}

function wrongValues(manifest: Manifest): string[] {
  const { kind, apiVersion } = manifest
  const KindModel = require(`kubernetes-models/${apiVersion}/${kind}`)[kind] as Model
  try {
    new KindModel(manifest).validate()
    return []
  } catch (error) {
    return [`${kind} ${manifest.metadata?.name}: ${(error as Error).message}`]
  }
}

/** One program for all, since the compiler takes a second to start. */
function unknownFields(manifests: readonly Manifest[]): string[] {
  const file = join(import.meta.dirname, 'k8s-literals.ts')
  const lines = manifests.map(literal)
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    lib: ['lib.es2022.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  }
  const host = ts.createCompilerHost(options)
  const fromDisk = host.getSourceFile
  // Nothing is written: the file exists for this compiler only.
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, lines.join('\n'), rest[0]) : fromDisk(name, ...rest)
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host))
  return diagnostics.map(({ messageText, start, file: source }) => {
    const line = source?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0
    const { kind, metadata } = manifests[line] as Manifest
    return `${kind} ${metadata?.name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}

function literal(manifest: Manifest, index: number): string {
  const { apiVersion, kind } = manifest
  const type = `import('kubernetes-models/${apiVersion}/${kind}').I${kind}`
  return `export const manifest${index}: ${type} = ${JSON.stringify(manifest)}`
}
