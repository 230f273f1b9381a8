-- dnsjit as a counter of 12-bit response codes, for compare.py: the fastest way it offers, a mapped
-- file, its own layers and its own DNS parser, with nothing kept but one number for each code.
--
--   dnsjit rcodes.lua FILE            codes
--   dnsjit rcodes.lua FILE clients    codes of each client
local ffi = require("ffi")
local object = require("dnsjit.core.objects")
local input = require("dnsjit.input.mmpcap").new()
local layer = require("dnsjit.filter.layer").new()
local dns = require("dnsjit.core.object.dns").new()
local rr = require("dnsjit.core.object.dns.rr").new()
local question = require("dnsjit.core.object.dns.q").new()
local most_labels = 127
local labels = require("dnsjit.core.object.dns.label").new(most_labels)

local OPT = 41
local path, by_client = arg[2], arg[3] == "clients"

-- The code of the message that `dns` stands on; nil where it is no response or cannot be read.
local function code()
    if dns:parse_header() ~= 0 or dns.qr ~= 1 then return nil end
    local low = dns.rcode
    for _ = 1, dns.qdcount do
        if dns:parse_q(question, labels, most_labels) ~= 0 then return low end
    end
    for _ = 1, dns.ancount + dns.nscount + dns.arcount do
        if dns:parse_rr(rr, labels, most_labels) ~= 0 then return low end
        if rr.type == OPT then return low + bit.lshift(bit.rshift(rr.ttl, 24), 4) end
    end
    return low
end

local function client(obj)
    local below = obj.obj_prev
    while below ~= nil do
        if below.obj_type == object.IP then return ffi.string(below:cast().dst, 4) end
        if below.obj_type == object.IP6 then return ffi.string(below:cast().dst, 16) end
        below = below.obj_prev
    end
    return ""
end

input:open(path)
layer:producer(input)
local produce, context = layer:produce()
local counts, clients = {}, {}
while true do
    local obj = produce(context)
    if obj == nil then break end
    if obj:type() == "payload" and obj:cast().len > 0 then
        dns.obj_prev = obj
        local of = code()
        if of then
            counts[of] = (counts[of] or 0) + 1
            if by_client then
                local who = client(obj)
                local own = clients[who]
                if not own then
                    own = {}
                    clients[who] = own
                end
                own[of] = (own[of] or 0) + 1
            end
        end
    end
end
for of, count in pairs(counts) do print(of, count) end
