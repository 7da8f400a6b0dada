// node parity.mjs NN_PARITY_MODELS FOLDER [MODEL.onnx...]
// Runs NN_PARITY_MODELS, then each model it wrote in ONNX Runtime, and compares. Fails if a number
// differs by more than 1e-4, or if a supported operator has no case. Prints the largest difference of each case with --verbose.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ort from 'onnxruntime-node';

const TOLERANCE = 1e-4; // what the API promises between machines

function readFloats(path) {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

function largestDifference(ours, theirs) {
  let largest = 0;
  for (let i = 0; i < ours.length; i++) {
    const difference = Math.abs(ours[i] - theirs[i]);
    // A NaN on either side is no agreement.
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}

async function compare(folder, test) {
  const session = await ort.InferenceSession.create(join(folder, `${test.name}.onnx`), {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  const input = new ort.Tensor('float32', readFloats(join(folder, `${test.name}.input`)), test.input);
  const results = await session.run({ [session.inputNames[0]]: input });
  let largest = 0;
  for (const [i, name] of session.outputNames.entries()) {
    const theirs = results[name];
    if (JSON.stringify(theirs.dims) !== JSON.stringify(test.outputs[i])) {
      throw new Error(`shape ${JSON.stringify(test.outputs[i])}, ONNX Runtime's is [${theirs.dims}]`);
    }
    const ours = readFloats(join(folder, `${test.name}.output${i}`));
    if (ours.length !== theirs.data.length) throw new Error('another number of elements');
    largest = Math.max(largest, largestDifference(ours, theirs.data));
  }
  if (session.outputNames.length !== test.outputs.length) throw new Error('another number of outputs');
  return largest;
}

const args = process.argv.slice(2);
const verbose = args[0] === '--verbose';
if (verbose) args.shift();
const [program, folder, ...models] = args;
if (!folder) {
  console.error('usage: node parity.mjs [--verbose] NN_PARITY_MODELS FOLDER [MODEL.onnx...]');
  process.exit(2);
}
try {
  execFileSync(program, [folder, ...models], { stdio: 'inherit' });
} catch (error) {
  console.error(`${program} failed: ${error.message}`);
  process.exit(1);
}
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));

const failures = manifest.supported
  .filter((name) => !manifest.covered.includes(name))
  .map((name) => `operator ${name} is supported but has no case`);
let worst = { name: 'none', difference: 0 };
for (const test of manifest.cases) {
  try {
    const difference = await compare(folder, test);
    if (verbose) console.log(`${test.name}: ${difference.toExponential(2)}`);
    if (!(difference <= TOLERANCE)) failures.push(`${test.name}: differs by ${difference}`);
    if (difference > worst.difference) worst = { name: test.name, difference };
  } catch (error) {
    failures.push(`${test.name}: ${error.message}`);
  }
}
if (manifest.cases.length === 0) failures.push('no cases were compared');
for (const failure of failures) console.error(failure);
console.log(
  `${manifest.cases.length} models compared with ONNX Runtime ${ort.env.versions.node}, ` +
    `${failures.length} failures; largest difference ${worst.difference.toExponential(2)} (${worst.name})`,
);
process.exit(failures.length === 0 ? 0 : 1);
