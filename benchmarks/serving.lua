-- For wrk, called by benchmarks/serving: posts the lines of a file, each the body of a request, and prints what happened as
-- JSON. Arguments after "--":
--
--   FILE                          each connection asks again as soon as it has its answer
--   FILE RATE CONNECTIONS SECONDS  RATE requests a second over all connections, for some seconds; wrk must run longer, so that
--                                 every request has its answer at the end, and have one thread for each connection

local ffi = require("ffi")
ffi.cdef [[
typedef struct { long seconds; long nanoseconds; } unipelt_time;
int clock_gettime(int clock, unipelt_time *time);
]]

local MONOTONIC = 1
local FOREVER = 1e9

local now_is = ffi.new("unipelt_time")

local function now()
    ffi.C.clock_gettime(MONOTONIC, now_is)
    return tonumber(now_is.seconds) + tonumber(now_is.nanoseconds) / 1e9
end

-- Of the process: it has all threads of wrk.
local threads = {}

function setup(thread)
    thread:set("number", #threads)
    table.insert(threads, thread)
end

-- Of each thread, which has a Lua state of its own. Globals, so that done() can get them.
bodies = {}
sent = 0
statuses = {}
without_retry = 0
accepted = {}

local begun

local function paced(rate, connections, seconds)
    local interval = connections / rate
    local start = now()
    local due = start + number / rate
    local asked = request
    local ends = start + seconds

    function delay()
        -- Whoever is late asks at once, and does not make up for what it has missed.
        local at = now()
        if due < at then
            due = at
        end
        local wait = due - at
        due = due + interval
        if at + wait >= ends then
            return FOREVER
        end
        return wait * 1000
    end

    function request()
        begun = now()
        sent = sent + 1
        return asked()
    end

    function response(status, headers, body)
        statuses[tostring(status)] = (statuses[tostring(status)] or 0) + 1
        if status == 200 then
            table.insert(accepted, now() - begun)
        elseif not headers["Retry-After"] then
            without_retry = without_retry + 1
        end
    end
end

function init(arguments)
    for line in io.lines(arguments[1]) do
        table.insert(bodies, line)
    end
    wrk.headers["Content-Type"] = "application/json"
    local at = number * 37
    function request()
        at = at + 1
        return wrk.format("POST", "/predict", nil, bodies[at % #bodies + 1])
    end
    if #arguments > 1 then
        paced(tonumber(arguments[2]), tonumber(arguments[3]), tonumber(arguments[4]))
    end
end

local function list(of)
    local parts = {}
    for _, value in ipairs(of) do
        table.insert(parts, string.format("%.6f", value))
    end
    return "[" .. table.concat(parts, ",") .. "]"
end

function done(summary, latency, requests)
    local all, counts, sum, missing = {}, {}, 0, 0
    for _, thread in ipairs(threads) do
        sum = sum + thread:get("sent")
        missing = missing + thread:get("without_retry")
        for status, count in pairs(thread:get("statuses")) do
            counts[status] = (counts[status] or 0) + count
        end
        for _, value in ipairs(thread:get("accepted")) do
            table.insert(all, value)
        end
    end
    local parts = {}
    for status, count in pairs(counts) do
        table.insert(parts, string.format('"%s":%d', status, count))
    end
    local errors = summary.errors
    io.write(string.format(
        '\nSERVING {"requests":%d,"seconds":%.6f,"p50":%.6f,"p99":%.6f,"most":%.6f,'
            .. '"socket_errors":%d,"connect":%d,"read":%d,"write":%d,"timeouts":%d,"refused":%d,"sent":%d,"statuses":{%s},"without_retry":%d,"accepted":%s}\n',
        summary.requests, summary.duration / 1e6,
        latency:percentile(50) / 1e6, latency:percentile(99) / 1e6, latency.max / 1e6,
        errors.connect + errors.read + errors.write, errors.connect, errors.read, errors.write, errors.timeout, errors.status,
        -- wrk asks the first thread for a request once more, to look at it.
        sum > 0 and sum - 1 or 0, table.concat(parts, ","), missing, list(all)))
end
