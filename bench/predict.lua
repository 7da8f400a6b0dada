-- For wrk: posts the file that HEARTBEAT_BENCH_SOUND names to /predict, and prints what came of it as
-- a line of JSON.
local file = assert(io.open(assert(os.getenv("HEARTBEAT_BENCH_SOUND")), "rb"))
local boundary = "heartbeat-bench-boundary"
wrk.method = "POST"
wrk.headers["Content-Type"] = "multipart/form-data; boundary=" .. boundary
wrk.body = "--" .. boundary .. "\r\n"
  .. 'Content-Disposition: form-data; name="file"; filename="sound.wav"\r\n'
  .. "Content-Type: audio/wav\r\n\r\n"
  .. file:read("*a") .. "\r\n--" .. boundary .. "--\r\n"
file:close()

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "refused": %d, "failed": %d, "p50_ms": %.3f, "p99_ms": %.3f,'
      .. ' "max_ms": %.3f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
