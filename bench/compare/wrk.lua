-- One fixed request for wrk. BODY names a file to POST instead of a GET; DELAY is the pause of each connection after a reply, in
-- milliseconds. Prints: RESULT requests microseconds errors p99-microseconds
local body = os.getenv("BODY")
if body then
    local file = assert(io.open(body, "rb"))
    wrk.method = "POST"
    wrk.body = file:read("*a")
    wrk.headers["Content-Type"] = "application/ocsp-request"
    file:close()
end

local pause = tonumber(os.getenv("DELAY"))
if pause then
    function delay()
        return pause
    end
end

function done(summary, latency)
    local e = summary.errors
    local errors = e.connect + e.read + e.write + e.status + e.timeout
    io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.duration, errors, latency:percentile(99)))
end
