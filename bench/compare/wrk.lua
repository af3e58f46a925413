-- Requests for wrk, each for another certificate, again and again. REQUESTS names a file with a target on each line to GET; with LENGTH, with so many
-- octets for each request, to POST. CLOSE asks for one connection per request.
-- Prints: RESULT successful-answers microseconds errors
local length = tonumber(os.getenv("LENGTH") or "")
local requests, next_one = {}, 0

-- Each is put together before the run, so that the client has little to do in it.
function init()
    if os.getenv("CLOSE") then
        wrk.headers["Connection"] = "close"
    end

    local file = assert(io.open(assert(os.getenv("REQUESTS")), "rb"))
    if length then
        wrk.headers["Content-Type"] = "application/ocsp-request"
        for body in function() return file:read(length) end do
            requests[#requests + 1] = wrk.format("POST", "/", nil, body)
        end
    else
        for target in file:lines() do
            requests[#requests + 1] = wrk.format("GET", "/" .. target)
        end
    end
    file:close()
end

function request()
    next_one = next_one % #requests + 1
    return requests[next_one]
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
