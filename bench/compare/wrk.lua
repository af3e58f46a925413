-- One fixed request for wrk. BODY names a file to POST instead of a GET; CLOSE asks for one connection per request.
-- Prints: RESULT successful-answers microseconds errors
local body = os.getenv("BODY")
if body then
    local file = assert(io.open(body, "rb"))
    wrk.method = "POST"
    wrk.body = file:read("*a")
    wrk.headers["Content-Type"] = "application/ocsp-request"
    file:close()
end

if os.getenv("CLOSE") then
    wrk.headers["Connection"] = "close"
end

-- wrk would open a connection before the run and close it without a request; openssl ocsp then never serves anybody else.
function wrk.connect()
    return true
end

function done(summary)
    local e = summary.errors
    local errors = e.connect + e.read + e.write + e.status + e.timeout
    io.write(string.format("RESULT %d %d %d\n", summary.requests - e.status, summary.duration, errors))
end
