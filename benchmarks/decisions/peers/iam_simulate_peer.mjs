// iam-simulate: `core` with loaded policies and no validation, `run` its documented call, which validates.
// usage: node iam_simulate_peer.mjs WORKLOAD REQUESTS PASSES core|run   (in the folder that holds node_modules)
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(path.join(process.cwd(), 'x.js'))
const root = path.dirname(path.dirname(path.dirname(require.resolve('@cloud-copilot/iam-simulate'))))
const load = (file) => import(pathToFileURL(path.join(root, 'dist/esm', file)).href)
const { runSimulation } = await load('index.js')
const { authorize } = await load('core_engine/CoreSimulatorEngine.js')
const { AwsRequestImpl } = await load('request/request.js')
const { RequestContextImpl } = await load('requestContext.js')
const { DiscoveryContextKeyConstraints } = await load('context_keys/discoveryContextKeyConstraints.js')
const policyModule = require.resolve('@cloud-copilot/iam-policy').replace('/cjs/', '/esm/')
const { loadPolicy } = await import(pathToFileURL(policyModule).href)

const [, , file, count, passes, mode] = process.argv
const workload = JSON.parse(readFileSync(file))
const asked = workload.requests.slice(0, +count)
const loaded = Object.fromEntries(
  Object.entries(workload.policies).map(([name, document]) => [name, loadPolicy(document, { name })])
)
const full = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }]
}
const RCP = loadPolicy(full, { name: 'RCPFullAWSAccess' })
const named = (name) => ({ name, policy: workload.policies[name] })
const ready = workload.users.map((user) => ({
  identityPolicies: user.identity.map((name) => loaded[name]),
  serviceControlPolicies: [{ orgIdentifier: 'o', policies: user.scps.map((name) => loaded[name]) }],
  resourceControlPolicies: [{ orgIdentifier: 'o', policies: [RCP] }],
  permissionBoundaries: [loaded[user.boundary]]
}))
const written = workload.users.map((user) => ({
  identityPolicies: user.identity.map(named),
  serviceControlPolicies: [{ orgIdentifier: 'o', policies: user.scps.map(named) }],
  resourceControlPolicies: [],
  permissionBoundaryPolicies: [named(user.boundary)]
}))
const constraints = new DiscoveryContextKeyConstraints([])
const outcomes = { Allowed: 'allow', ExplicitlyDenied: 'explicit_deny', ImplicitlyDenied: 'implicit_deny' }

function core(each) {
  const resource = { resource: each.resource, accountId: workload.account }
  const context = new RequestContextImpl(each.context)
  return authorize({
    request: new AwsRequestImpl(workload.users[each.user].arn, resource, each.action, context),
    sessionPolicy: undefined,
    ...ready[each.user],
    resourcePolicy: undefined,
    vpcEndpointPolicies: undefined,
    simulationParameters: { simulationMode: 'Strict', discoveryContextKeyConstraints: constraints },
    serviceSettings: { s3: {} }
  }).result
}

async function run(each) {
  const said = await runSimulation(
    {
      request: {
        principal: workload.users[each.user].arn,
        action: each.action,
        resource: { resource: each.resource, accountId: workload.account },
        contextVariables: each.context
      },
      ...written[each.user]
    },
    {}
  )
  return said.resultType === 'error' ? 'refused' : said.overallResult
}

const decide = mode === 'core' ? core : run
const answers = []
for (const each of asked) answers.push(await decide(each))
const rates = []
for (let pass = 0; pass < +passes; pass++) {
  const started = performance.now()
  for (const each of asked) mode === 'core' ? core(each) : await run(each)
  rates.push(asked.length / ((performance.now() - started) / 1000))
}
rates.sort((a, b) => a - b)
const result = {
  engine: `iam-simulate ${mode}`,
  rate: rates[rates.length >> 1],
  answers: answers.map((answer) => outcomes[answer] ?? answer)
}
process.stdout.write(JSON.stringify(result))
