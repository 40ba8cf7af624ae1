-- What wrk sends: one todo after the other, each under a key of its own. Its arguments: the token; the key epoch of the relay,
-- or "" for add-task itself; and how many milliseconds each connection waits between two of them.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local count = 0

function init(arguments)
  token, epoch, pause = arguments[1], arguments[2], tonumber(arguments[3])
  math.randomseed(os.time() * 64 + number)
  wrk.method = "POST"
  wrk.headers["content-type"] = "application/json"
  wrk.headers["authorization"] = "Bearer " .. token
  if epoch ~= "" then
    wrk.headers["origin"] = "http://127.0.0.1:8080"
    wrk.headers["x-bzctrl-widget"] = "1"
  end
  if pause > 0 then
    -- Not all at once.
    function delay() return math.random(0, 2 * pause) end
  end
end

local function hex() return string.format("%08x", math.random(0, 0x7fffffff)) end

function request()
  count = count + 1
  if epoch ~= "" then
    wrk.headers["idempotency-key"] = '"' .. epoch .. "." .. hex() .. hex() .. hex() .. string.format("%08x", count) .. '"'
  end
  return wrk.format(nil, nil, nil, string.format(
    '{"todoType":"INCIDENT","domainWorkSpace":"EXA-CON-BUS-WOR","title":"Seal broken %d","description":"The seal of the ' ..
    'container was found broken at gate 4. The driver says that it was whole when he took it over.","status":"IN PROGRESS",' ..
    '"assignee":"user@example.com","reporter":"user@example.com","orderID":"ORDER %s"}', count, hex()))
end

function done(summary, latency)
  local at = function(percentile) return latency:percentile(percentile) / 1000 end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.3f,"p50":%.3f,"p99":%.3f,"p999":%.3f,"failed":%d}\n',
    summary.requests, summary.duration / 1000000, at(50), at(99), at(99.9),
    errors.status + errors.timeout + errors.read + errors.write + errors.connect))
end
