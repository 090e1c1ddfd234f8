// Answers neutral decision requests with iam-simulate's core, one JSON line each, until its input ends.
// Run in the folder that holds node_modules. An answer is an outcome, or why the request cannot be put.
import { createRequire } from 'node:module'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const require = createRequire(path.join(process.cwd(), 'x.js'))
const root = path.dirname(path.dirname(path.dirname(require.resolve('@cloud-copilot/iam-simulate'))))
const load = (file) => import(pathToFileURL(path.join(root, 'dist/esm', file)).href)
const { authorize } = await load('core_engine/CoreSimulatorEngine.js')
const { AwsRequestImpl } = await load('request/request.js')
const { RequestContextImpl } = await load('requestContext.js')
const { isWildcardOnlyAction } = await load('util.js')
const { DiscoveryContextKeyConstraints } = await load('context_keys/discoveryContextKeyConstraints.js')
const policyModule = require.resolve('@cloud-copilot/iam-policy').replace('/cjs/', '/esm/')
const { loadPolicy } = await import(pathToFileURL(policyModule).href)

const outcomes = { Allowed: 'allow', ExplicitlyDenied: 'explicit_deny', ImplicitlyDenied: 'implicit_deny' }
const constraints = new DiscoveryContextKeyConstraints([])
const full = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }]
}

const policy = (wrapped, name) => (wrapped ? loadPolicy(wrapped.document, { name }) : undefined)

// It takes one session policy; several grant what any of them grants, as their statements together do.
function session(list) {
  const [first, ...others] = list
  if (!others.length) return policy(first, 'session')
  const statements = list.flatMap((each) => each.document.Statement)
  return policy({ document: { ...first.document, Statement: statements } }, 'session')
}

const policies = (list, name) => list.map((each, index) => policy(each, `${name} ${index}`))
const levels = (list, name) =>
  list.map((level, index) => ({ orgIdentifier: `level ${index}`, policies: policies(level, name) }))

async function wildcardOnly(action) {
  try {
    const [service, name] = action.split(':')
    return await isWildcardOnlyAction(service, name)
  } catch {
    return false
  }
}

async function answer(asked) {
  const context = {}
  for (const [key, values] of Object.entries(asked.context)) {
    if (values.length) context[key] = values.length === 1 && !asked.lists.includes(key) ? values[0] : values
  }
  const principal = asked.principal.type === 'anonymous' ? { type: 'Anonymous' } : asked.principal.arn
  const resource = { resource: asked.resource.arn, accountId: asked.resource.account }
  const alone = await wildcardOnly(asked.action)
  const rcps = asked.rcps.length ? levels(asked.rcps, 'rcp') : levels([[{ document: full }]], 'rcp')
  return authorize({
    request: new AwsRequestImpl(principal, resource, asked.action, new RequestContextImpl(context), alone),
    sessionPolicy: session(asked.session_policies),
    identityPolicies: policies(asked.identity_policies, 'identity'),
    serviceControlPolicies: levels(asked.scps, 'scp'),
    resourceControlPolicies: rcps,
    resourcePolicy: policy(asked.resource_policy, 'resource'),
    permissionBoundaries: asked.boundary ? [policy(asked.boundary, 'boundary')] : undefined,
    vpcEndpointPolicies: asked.endpoint_policy ? [policy(asked.endpoint_policy, 'endpoint')] : undefined,
    simulationParameters: { simulationMode: 'Strict', discoveryContextKeyConstraints: constraints },
    serviceSettings: { s3: {} }
  }).result
}

for await (const line of createInterface({ input: process.stdin })) {
  let said
  try {
    const result = await answer(JSON.parse(line))
    said = outcomes[result] ?? String(result)
  } catch (error) {
    said = `error: ${error.message}`
  }
  process.stdout.write(JSON.stringify(said) + '\n')
}
