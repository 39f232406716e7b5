// What no schema knows: names in one manifest that must be found in another, and numbers that must fit together. Each rule
// gives its violations in words.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DEFAULT_KEY_FILE } from '@rollcall/membership'
import { parseKeyFile } from '@rollcall/membership/internal'
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet'
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import type { IContainer } from 'kubernetes-models/v1/Container'
import type { ISecret } from 'kubernetes-models/v1/Secret'
import type { IService } from 'kubernetes-models/v1/Service'
import type { Manifest } from './k8s-manifests.ts'

const repository = join(import.meta.dirname, '../../..')
/** What runs in a pod. */
const sources = ['examples/distributed-cache/src', 'packages/membership/src', 'packages/seed/src']
  .flatMap((folder) => sourcesBelow(join(repository, folder)))
  .join('\n')

/** The manifests by what they are for. */
export interface Parts {
  readonly statefulSet: IStatefulSet
  readonly container: IContainer
  readonly members: IService
  readonly clients: IService
  readonly budget: IPodDisruptionBudget
  readonly policy: INetworkPolicy
  /** The Secret with the keys, where it is made by these manifests. */
  readonly secret: ISecret | undefined
}

/** Finds the parts. @throws Error if one is missing */
export function partsOf(manifests: readonly Manifest[]): Parts {
  const find = <T extends Manifest>(kind: string, name: string) => {
    const found = manifests.find((one) => one.kind === kind && one.metadata?.name === name)
    if (found === undefined) throw new Error(`no ${kind} ${name}`)
    return found as T
  }
  const statefulSet = find<IStatefulSet>('StatefulSet', 'cache')
  const container = statefulSet.spec?.template.spec?.containers[0]
  if (container === undefined) throw new Error('the StatefulSet has no container')
  return {
    statefulSet,
    container,
    members: find('Service', 'cache'),
    clients: find('Service', 'cache-clients'),
    budget: find('PodDisruptionBudget', 'cache'),
    policy: find('NetworkPolicy', 'cache'),
    secret: manifests.find((one): one is ISecret => one.kind === 'Secret'),
  }
}

/** Every violation of every rule; empty if there is none. */
export function ruleProblems(manifests: readonly Manifest[]): string[] {
  const parts = partsOf(manifests)
  return rules.flatMap((rule) => rule(parts))
}

const rules: readonly ((parts: Parts) => string[])[] = [
  selectorsMatch,
  portsExist,
  servicesAreRight,
  sizesAgree,
  variablesAreRead,
  probesAreServed,
  graceIsEnough,
  memoryFits,
  policyLetsThrough,
  podsAreRestricted,
  keysAreMounted,
]

/** Everything that selects pods selects these. */
function selectorsMatch({ statefulSet, members, clients, budget, policy }: Parts): string[] {
  const { spec } = statefulSet
  const selectors: Record<string, Record<string, string> | undefined> = {
    StatefulSet: spec?.selector.matchLabels,
    'Service cache': members.spec?.selector,
    'Service cache-clients': clients.spec?.selector,
    PodDisruptionBudget: budget.spec?.selector?.matchLabels,
    NetworkPolicy: policy.spec?.podSelector.matchLabels,
    'NetworkPolicy from': policy.spec?.ingress?.[0]?.from?.[0]?.podSelector?.matchLabels,
    'NetworkPolicy to': policy.spec?.egress?.[0]?.to?.[0]?.podSelector?.matchLabels,
  }
  for (const { topologyKey, labelSelector } of spec?.template.spec?.topologySpreadConstraints ?? [])
    selectors[`spread over ${topologyKey}`] = labelSelector?.matchLabels
  return Object.entries(selectors).flatMap(([who, selector]) =>
    isSelected(selector, spec?.template.metadata?.labels) ? [] : [`${who} does not select the pods`],
  )
}

function isSelected(selector: Record<string, string> = {}, labels: Record<string, string> = {}): boolean {
  const wanted = Object.entries(selector)
  return wanted.length > 0 && wanted.every(([label, value]) => labels[label] === value)
}

/** Every port that is named is one of the container, and members listen where others dial. */
function portsExist({ container, members, clients, policy }: Parts): string[] {
  const services = [members, clients].flatMap(({ spec }) => spec?.ports ?? [])
  const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe]
  const names = [
    ...services.map(({ targetPort }) => targetPort),
    ...probes.map((probe) => probe?.httpGet?.port),
    ...[...(policy.spec?.ingress ?? []), ...(policy.spec?.egress ?? [])]
      .flatMap(({ ports = [] }) => ports)
      .flatMap(({ port }) => (typeof port === 'string' ? [port] : [])),
  ]
  const own = container.ports ?? []
  const unnamed = services.filter(({ name, appProtocol }) => !name || !appProtocol)
  const isDefault = sources.includes(`DEFAULT_PORT = ${portOf(container, 'rollcall')}\n`)
  const isDialed = members.spec?.ports?.[0]?.port === portOf(container, 'rollcall')
  return [
    ...names
      .filter((name) => own.every((port) => port.name !== name))
      .map((name) => `no port ${name} in the container`),
    ...unnamed.map(({ port }) => `port ${port} of a Service has no name or no appProtocol`),
    ...(isDefault && isDialed ? [] : ['the port rollcall is not where members listen by default']),
  ]
}

function portOf({ ports = [] }: IContainer, name: string): number | undefined {
  return ports.find((port) => port.name === name)?.containerPort
}

/** Members are found whether ready or not, each by itself; clients get ready ones only. */
function servicesAreRight({ statefulSet, container, members, clients }: Parts): string[] {
  const name = members.metadata?.name
  const problems: string[] = []
  if (members.spec?.clusterIP !== 'None') problems.push('the Service of the members is not headless')
  if (!members.spec?.publishNotReadyAddresses) problems.push('pods that are not ready are not published')
  if (clients.spec?.publishNotReadyAddresses) problems.push('clients get pods that are not ready')
  if (statefulSet.spec?.serviceName !== name) problems.push('serviceName is not the headless Service')
  if (variable(container, 'SERVICE') !== name) problems.push('SERVICE is not the headless Service')
  return problems
}

function variable({ env = [] }: IContainer, wanted: string): string | undefined {
  return env.find(({ name }) => name === wanted)?.value
}

/** What is expected is what is started; one pod may be away, and two copies and a majority stay. */
function sizesAgree({ statefulSet, container, budget }: Parts): string[] {
  const { replicas = 1, podManagementPolicy } = statefulSet.spec ?? {}
  const expected = variable(container, 'EXPECTED_SIZE')
  const stay = replicas - Number(budget.spec?.maxUnavailable)
  const problems: string[] = []
  if (expected !== String(replicas)) problems.push(`${replicas} replicas, but ${expected} are expected`)
  if (!(stay >= 2 && 2 * stay > replicas)) problems.push(`an eviction may leave ${stay} of ${replicas}`)
  if (podManagementPolicy !== 'Parallel') problems.push('pods wait for each other to be ready')
  return problems
}

/** Read by Node itself. */
const NODE_VARIABLES = ['NODE_OPTIONS']

/** Every variable is read by something in the pod. */
function variablesAreRead({ container }: Parts): string[] {
  const names = (container.env ?? []).map(({ name }) => name)
  return names
    .filter((name) => !NODE_VARIABLES.includes(name))
    .filter((name) => !new RegExp(`\\b(env|environment)\\.${name}\\b|'${name}'`).test(sources))
    .map((name) => `nothing reads ${name}`)
}

/** Each probe asks for a path that the service answers; liveness does not ask for the cluster. */
function probesAreServed({ container }: Parts): string[] {
  const paths = [container.startupProbe, container.readinessProbe, container.livenessProbe].map(
    (probe) => probe?.httpGet?.path,
  )
  const problems = paths
    .filter((path) => !sources.includes(`'${path}'`))
    .map((path) => `nothing answers ${path}`)
  if (paths[1] === paths[2]) problems.push('readiness and liveness ask for the same')
  return problems
}

/** A goodbye and the closing of links, after the handover. */
const GOODBYE_MS = 2000
const CLOSING_MS = 1000
/** For the process to start and end, and for a clock that is not exact. */
const AIR_MS = 5000

/** The grace period holds all that a leaving pod waits for. */
function graceIsEnough({ statefulSet, container }: Parts): string[] {
  const byDefault = sources.match(/DEFAULT_HANDOVER_TIMEOUT_MS = ([\d_]+)/)?.[1]?.replaceAll('_', '')
  const handoverMs = Number(variable(container, 'HANDOVER_TIMEOUT_MS') ?? byDefault)
  const graceMs = 1000 * (statefulSet.spec?.template.spec?.terminationGracePeriodSeconds ?? 30)
  const neededMs = handoverMs + GOODBYE_MS + CLOSING_MS + AIR_MS
  return graceMs >= neededMs ? [] : [`${graceMs} ms of grace, but ${neededMs} may be needed`]
}

const MiB = 2 ** 20
/** Node itself, links, and what is under way. */
const BASE_BYTES = 256 * MiB

/** What the heap leaves of the limit: Node's own code and stacks, and buffers of sockets. */
const OUTSIDE_BYTES = 128 * MiB

/** The cache fits into its memory, which is its own, wherever it is; and no quota freezes the process. */
function memoryFits({ container }: Parts): string[] {
  const { limits = {}, requests = {} } = container.resources ?? {}
  const problems: string[] = []
  if ('cpu' in limits) problems.push('a CPU limit freezes the process')
  if (limits.memory !== requests.memory) problems.push('memory is limited to other than what is requested')
  const needed = 1.25 * Number(variable(container, 'MAX_BYTES')) + BASE_BYTES
  const limit = bytesOf(String(limits.memory))
  if (!(limit >= needed)) problems.push(`${limit} bytes of memory, but ${needed} may be needed`)
  const heap = Number(variable(container, 'NODE_OPTIONS')?.match(/--max-old-space-size=(\d+)/)?.[1]) * MiB
  // Small values are on the heap, all of them.
  if (!(heap >= 1.25 * Number(variable(container, 'MAX_BYTES'))))
    problems.push(`the heap ends at ${heap} bytes`)
  if (!(heap <= limit - OUTSIDE_BYTES)) problems.push('the heap leaves too little memory')
  return problems
}

function bytesOf(quantity: string): number {
  const [, amount, unit = ''] = quantity.match(/^(\d+)(Mi|Gi)$/) ?? []
  return Number(amount) * (unit === 'Gi' ? 1024 * MiB : MiB)
}

/** The policy lets members, clients and DNS through, DNS over TCP too. */
function policyLetsThrough({ policy, container }: Parts): string[] {
  const { ingress = [], egress = [], policyTypes = [] } = policy.spec ?? {}
  const open = (rules: typeof egress) =>
    rules.flatMap(({ ports = [] }) => ports.map(({ port, protocol }) => `${protocol} ${port}`))
  const missing = [
    ...(container.ports ?? []).map(({ name }) => `TCP ${name}`).filter((one) => !open(ingress).includes(one)),
    ...[`TCP ${portOf(container, 'rollcall')}`, 'UDP 53', 'TCP 53'].filter(
      (one) => !open(egress).includes(one),
    ),
  ]
  const strangers = ingress.filter(
    ({ ports = [], from = [] }) =>
      ports.some(({ port }) => port === 'rollcall') &&
      !from.every(({ podSelector }) => podSelector?.matchLabels),
  )
  return [
    ...missing.map((one) => `the policy does not let ${one} through`),
    ...strangers.map(() => 'the policy lets strangers to the port of the members'),
    ...(policyTypes.length === 2 ? [] : ['the policy does not cover both directions']),
  ]
}

/** What the Pod Security Standard `restricted` asks for, and that nothing can be written. */
function podsAreRestricted({ statefulSet, container }: Parts): string[] {
  const pod = statefulSet.spec?.template.spec?.securityContext
  const own = container.securityContext
  const checks: Record<string, boolean | undefined> = {
    'runs as root': pod?.runAsNonRoot && Number(pod.runAsUser) > 0,
    'has no seccomp profile': pod?.seccompProfile?.type === 'RuntimeDefault',
    'may gain privileges': own?.allowPrivilegeEscalation === false,
    'has capabilities': own?.capabilities?.drop?.includes('ALL'),
    'may write to its image': own?.readOnlyRootFilesystem,
  }
  return Object.entries(checks).flatMap(([what, isFine]) => (isFine ? [] : [`the pod ${what}`]))
}

/** Members find their keys where they look for them, and no pod starts without. */
function keysAreMounted({ statefulSet, container, secret }: Parts): string[] {
  const folder = dirname(DEFAULT_KEY_FILE)
  const volumes = statefulSet.spec?.template.spec?.volumes ?? []
  const mount = container.volumeMounts?.find(({ mountPath }) => mountPath === folder)
  const volume = volumes.find(({ name }) => name === mount?.name)?.secret
  if (volume === undefined) return [`no Secret is mounted at ${folder}`]
  const problems: string[] = []
  if (mount?.subPath !== undefined) problems.push('a changed Secret does not reach a file mounted by subPath')
  if (volume.optional) problems.push('pods start without a key, and fail')
  if (secret === undefined) return problems
  if (secret.metadata?.name !== volume.secretName) problems.push(`${secret.metadata?.name} is not mounted`)
  return [...problems, ...keyProblems(secret.data?.[basename(DEFAULT_KEY_FILE)] ?? '')]
}

function keyProblems(base64: string): string[] {
  try {
    parseKeyFile(DEFAULT_KEY_FILE, Buffer.from(base64, 'base64').toString())
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
}
