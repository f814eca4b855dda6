-- What wrk sends: a photograph as the body, or as an upload; and what it prints at the end, as one line of JSON.

local function read(path)
  local file = assert(io.open(path, "rb"))
  local body = file:read("*a")
  file:close()
  return body
end

function init(args)
  wrk.method = "POST"
  wrk.body = read(args[1])
  wrk.headers["Content-Type"] = args[2]
  if args[2] == "multipart" then
    local mark = "copier-multicore-photograph"
    wrk.headers["Content-Type"] = "multipart/form-data; boundary=" .. mark
    wrk.body = "--" .. mark .. '\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n'
      .. "Content-Type: image/jpeg\r\n\r\n" .. wrk.body .. "\r\n--" .. mark .. "--\r\n"
  end
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    'JSON {"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "errors": %d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
