// Serverless Devs calls this inside `s deploy`, before each function of infra/s.yaml, and deploys what it returns.
//
// The first call builds the zips and publishes the layer with `make package`; the others of the same `s deploy` reuse
// its result. Every function is given the version that was published.
// Source: npm `@serverless-devs/s` 3.1.10: an action's `plugin` is a function (inputs, args, logger) whose result
// takes the place of the inputs; a relative path is looked for beside the s.yaml. CICD_ENV=true leaves
// environmentVariables out of the result that is printed in the end.
const { spawn } = require('child_process');
const fs = require('fs');
const path = require('path');

const ROOT = path.resolve(__dirname, '..', '..', '..');
const SHOWN_LINES = 15;

let published;

module.exports = async function hook(inputs, args, logger) {
  process.env.CICD_ENV = 'true';
  refuseInternalUpload(args.region);
  published = published || publish(args, inputs, logger);
  const layer = await published;
  const others = (inputs.props.layers || []).slice(1);
  return { ...inputs, props: { ...inputs.props, layers: [layer, ...others] } };
};

// Component fc3 takes FC_REGION (and its SDK REGION) for a sign that it runs inside Alibaba Cloud and uploads to
// oss-<region>-internal, which no other machine reaches. Source: devsapp/fc3, issue 59.
function refuseInternalUpload(region) {
  const inside = Boolean(process.env.FC_FUNCTION_NAME);
  for (const name of ['FC_REGION', 'REGION']) {
    if (!inside && process.env[name] === region) {
      throw new Error(
        `${name}=${region} is set. Component fc3 would then upload to a host that only Alibaba Cloud reaches. ` +
          `Rename it to DEPLOY_REGION in .env, and: unset ${name}`,
      );
    }
  }
}

async function publish(args, inputs, logger) {
  const access = (inputs.resource && inputs.resource.access) || 'default';
  await make(['package', `PYTHON=${args.python}`, `ARGS=--publish --access ${access}`], args, logger);
  const file = path.join(ROOT, 'dist', `python${args.python}`, 'layer.env');
  const [, arn, region] = /^COMMON_LAYER_ARN=(acs:fc:([\w-]+):\w*:layers\/[\w-]+\/versions\/\d+)$/m.exec(
    fs.readFileSync(file, 'utf-8'),
  ) || [];
  if (region !== args.region) {
    throw new Error(`${file} names no layer version of ${args.region}. Delete it and deploy again.`);
  }
  return arn;
}

function make(goals, args, logger) {
  return new Promise((resolve, reject) => {
    const running = spawn('make', goals, {
      cwd: ROOT,
      env: { ...process.env, APP_NAME: args.name, DEPLOY_REGION: args.region },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines = [];
    const keep = (chunk) => {
      const text = chunk.toString().trimEnd();
      lines.push(...text.split('\n'));
      logger.write(text);
    };
    running.stdout.on('data', keep);
    running.stderr.on('data', keep);
    running.on('error', reject);
    running.on('close', (status) =>
      status === 0 ? resolve() : reject(new Error(lines.slice(-SHOWN_LINES).join('\n'))),
    );
  });
}
