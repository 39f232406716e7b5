// The manifests are such that the API server takes them, and that they fit together and to the program: the base as it is,
// and each overlay as kustomize renders it.
import { describe, expect, it } from 'vitest'
import { hasKubectl, type Manifest, readBase, render } from './k8s-manifests.ts'
import { type Parts, partsOf, ruleProblems } from './k8s-rules.ts'
import { schemaProblems } from './k8s-schema.ts'

const overlays = ['local', 'production']
const base = readBase()

describe('the base', () => {
  it('is valid by the schemas of Kubernetes, without unknown fields', () => {
    expect(schemaProblems(base)).toEqual([])
  })

  it('fits together, and to the program', () => {
    expect(ruleProblems(base)).toEqual([])
  })
})

// Without kubectl (which has kustomize inside) there is nothing to render them with.
describe.skipIf(!hasKubectl).each(overlays)('the overlay %s', (overlay) => {
  it('is valid by the schemas of Kubernetes, without unknown fields', () => {
    expect(schemaProblems(render(overlay))).toEqual([])
  })

  it('fits together, and to the program', () => {
    expect(ruleProblems(render(overlay))).toEqual([])
  })
})

describe.skipIf(!hasKubectl)('the overlay production', () => {
  it('spreads its pods over nodes strictly', () => {
    const { statefulSet } = partsOf(render('production'))
    const [nodes, zones] = statefulSet.spec?.template.spec?.topologySpreadConstraints ?? []
    expect(nodes).toMatchObject({ topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule' })
    expect(zones).toMatchObject({
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'ScheduleAnyway',
    })
  })

  it('expects as many pods as it starts, other than the base', () => {
    const { statefulSet, container } = partsOf(render('production'))
    expect(statefulSet.spec?.replicas).toBe(5)
    expect(container.env).toContainEqual({ name: 'EXPECTED_SIZE', value: '5' })
  })
})

/** A change of a copy of the base, and what must be said of it. */
type Mistake = [what: string, change: (parts: Parts) => void]

describe('a mistake in a manifest is found by the schemas:', () => {
  const mistakes: Mistake[] = [
    [
      `'"publishNotReadyAdresses"' does not exist`,
      ({ members }) => Object.assign(members.spec ?? {}, { publishNotReadyAdresses: true }),
    ],
    [`'"preStop"' does not exist`, ({ container }) => Object.assign(container, { preStop: {} })],
    [
      'podManagementPolicy must be equal',
      ({ statefulSet }) => Object.assign(statefulSet.spec ?? {}, { podManagementPolicy: 'AllAtOnce' }),
    ],
    ['env/1/value must be string', ({ container }) => Object.assign(container.env?.[1] ?? {}, { value: 3 })],
    [
      'format "quantity"',
      ({ container }) => Object.assign(container.resources?.limits ?? {}, { memory: '512 MB' }),
    ],
    [
      'required property selector',
      ({ statefulSet }) => Reflect.deleteProperty(statefulSet.spec ?? {}, 'selector'),
    ],
  ]

  it('all of them', () => {
    const changed = mistakes.flatMap(([, change]) => changedBase(change))
    const problems = schemaProblems(changed).join('\n')
    for (const [what] of mistakes) expect(problems).toContain(what)
  })
})

describe('a mistake in a manifest is found by the rules:', () => {
  const mistakes: Mistake[] = [
    [
      'the Service of the members is not headless',
      ({ members }) => Reflect.deleteProperty(members.spec ?? {}, 'clusterIP'),
    ],
    [
      'pods that are not ready are not published',
      ({ members }) => Object.assign(members.spec ?? {}, { publishNotReadyAddresses: false }),
    ],
    [
      'clients get pods that are not ready',
      ({ clients }) => Object.assign(clients.spec ?? {}, { publishNotReadyAddresses: true }),
    ],
    [
      'serviceName is not the headless Service',
      ({ statefulSet }) => Object.assign(statefulSet.spec ?? {}, { serviceName: 'cache-clients' }),
    ],
    ['3 replicas, but 4 are expected', ({ container }) => setVariable(container, 'EXPECTED_SIZE', '4')],
    ['SERVICE is not the headless Service', ({ container }) => setVariable(container, 'SERVICE', 'cashe')],
    ['nothing reads MAXBYTES', ({ container }) => container.env?.push({ name: 'MAXBYTES', value: '1' })],
    [
      'nothing answers /healthz',
      ({ container }) => Object.assign(container.readinessProbe?.httpGet ?? {}, { path: '/healthz' }),
    ],
    [
      'readiness and liveness ask for the same',
      ({ container }) => Object.assign(container, { livenessProbe: container.readinessProbe }),
    ],
    ['an eviction may leave 1 of 3', ({ budget }) => Object.assign(budget.spec ?? {}, { maxUnavailable: 2 })],
    [
      'PodDisruptionBudget does not select the pods',
      ({ budget }) => Object.assign(budget.spec?.selector ?? {}, { matchLabels: { app: 'cache' } }),
    ],
    [
      'no port peers in the container',
      ({ policy }) => Object.assign(policy.spec?.ingress?.[0]?.ports?.[0] ?? {}, { port: 'peers' }),
    ],
    [
      'the port rollcall is not where members listen',
      ({ container }) => Object.assign(container.ports?.[0] ?? {}, { containerPort: 7496 }),
    ],
    [
      '20000 ms of grace',
      ({ statefulSet }) =>
        Object.assign(statefulSet.spec?.template.spec ?? {}, { terminationGracePeriodSeconds: 20 }),
    ],
    [
      'a CPU limit freezes the process',
      ({ container }) => Object.assign(container.resources?.limits ?? {}, { cpu: '1' }),
    ],
    [
      'the heap ends at',
      ({ container }) => setVariable(container, 'NODE_OPTIONS', '--max-old-space-size=256'),
    ],
    [
      'the heap leaves too little',
      ({ container }) => setVariable(container, 'NODE_OPTIONS', '--max-old-space-size=600'),
    ],
    ['671088640 bytes of memory', ({ container }) => setVariable(container, 'MAX_BYTES', '600000000')],
    ['the policy does not let TCP 53 through', ({ policy }) => policy.spec?.egress?.[1]?.ports?.pop()],
    [
      'the policy lets strangers to the port of the members',
      ({ policy }) => policy.spec?.ingress?.[0]?.from?.push({ podSelector: {} }),
    ],
    [
      'the pod runs as root',
      ({ statefulSet }) =>
        Object.assign(statefulSet.spec?.template.spec?.securityContext ?? {}, { runAsUser: 0 }),
    ],
  ]

  const keyMistakes: Mistake[] = [
    ['no Secret is mounted at /var/run/secrets/rollcall', ({ container }) => container.volumeMounts?.pop()],
    ['pods start without a key', ({ statefulSet }) => Object.assign(keysOf(statefulSet), { optional: true })],
    [
      'does not reach a file mounted by subPath',
      ({ container }) => Object.assign(container.volumeMounts?.[0] ?? {}, { subPath: 'keys' }),
    ],
  ]

  it.each([...mistakes, ...keyMistakes])('%s', (what, change) => {
    expect(ruleProblems(changedBase(change)).join('\n')).toContain(what)
  })
})

describe('a Secret of keys among the manifests', () => {
  const withSecret = (name: string, keys: string): Manifest[] => {
    const data = { keys: Buffer.from(keys).toString('base64') }
    return [...base, { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data }]
  }

  it('is the one that is mounted, and has keys', () => {
    const keys = `a ${'x'.repeat(32)}`
    expect(ruleProblems(withSecret('cache-cluster-keys', keys))).toEqual([])
    expect(ruleProblems(withSecret('cache-keys', keys))).toEqual(['cache-keys is not mounted'])
    expect(ruleProblems(withSecret('cache-cluster-keys', 'a x')).join()).toMatch(
      /^key file .* line 1, secret: /,
    )
  })
})

function keysOf({ spec }: Parts['statefulSet']): object {
  return spec?.template.spec?.volumes?.[0]?.secret ?? {}
}

function changedBase(change: (parts: Parts) => void): Manifest[] {
  const copy = structuredClone(base)
  change(partsOf(copy))
  return copy
}

function setVariable({ env = [] }: Parts['container'], variable: string, value: string): void {
  const found = env.find(({ name }) => name === variable)
  if (found !== undefined) found.value = value
}
