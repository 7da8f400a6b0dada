// ONNX Runtime's side of the comparison with nn: node nn_peer.mjs MODEL THREADS. Each line of standard
// input, "BATCH RUNS", is answered by a line of JSON: {"times_ms": [run], "outputs": [[value]]}, the
// outputs being those of the last run, in the model's order. bench/nn_peer.cpp is the other side.
import { createInterface } from 'node:readline';
import ort from 'onnxruntime-node';

const [path, threads] = process.argv.slice(2);
if (!path || !(Number(threads) >= 1)) {
  console.error('usage: node nn_peer.mjs MODEL THREADS');
  process.exit(2);
}
const session = await ort.InferenceSession.create(path, {
  intraOpNumThreads: Number(threads),
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
});
const item = session.inputMetadata[0].shape.slice(1);
for await (const line of createInterface({ input: process.stdin })) {
  const [batch, runs] = line.split(' ').map(Number);
  const shape = [batch, ...item];
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
  const feeds = { [session.inputNames[0]]: new ort.Tensor('float32', data, shape) };
  const times = [];
  let results;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    results = await session.run(feeds);
    times.push(performance.now() - start);
  }
  const outputs = session.outputNames.map((name) => Array.from(results[name].data));
  console.log(JSON.stringify({ times_ms: times, outputs }));
}
