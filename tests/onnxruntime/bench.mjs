// node bench.mjs MODEL.onnx [RUNS]: the time ONNX Runtime takes for one item on one thread, to set
// beside nn_bench.
import ort from 'onnxruntime-node';

const [path, runs = '300'] = process.argv.slice(2);
if (!path) {
  console.error('usage: node bench.mjs MODEL.onnx [RUNS]');
  process.exit(2);
}
const session = await ort.InferenceSession.create(path, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
});
const shape = session.inputMetadata[0].shape.map((dim) => (typeof dim === 'number' ? dim : 1));
const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, i) => Math.sin(i));
const feeds = { [session.inputNames[0]]: new ort.Tensor('float32', data, shape) };
const times = [];
for (let i = 0; i < Number(runs); i++) {
  const start = performance.now();
  await session.run(feeds);
  times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
const at = (share) => times[Math.floor(share * (times.length - 1))].toFixed(3);
console.log(`ONNX Runtime ${ort.env.versions.node}: median ${at(0.5)} ms, fastest ${at(0)} ms`);
