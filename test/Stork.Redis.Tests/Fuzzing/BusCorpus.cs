using System.Text;

namespace Stork.Redis.Tests.Fuzzing;

/// <summary>Honest messages of each form, to be broken.</summary>
internal static class BusCorpus
{
    /// <summary>What stands on the channels of broadcasts.</summary>
    public static readonly byte[][] Broadcasts =
    [
        Hex("93a661626364656683a47479706502a46461746192a1650181a36e7370a12f83a5726f6f6d7390a665786365707490a5666c61677380"),
        Hex("93a661626364656683a47479706502a46461746192a1c3a2c403010203a36e7370a12f83a5726f6f6d7391a27231a665786365707490a5666c61677380"),
        Hex("93a661626364656683a47479706502a46461746193a16582a16195cb3ff8000000000000ffc0c3d90378797aa164d7ff773594006928bbd0c0"
            + "a36e7370a12f83a5726f6f6d7392a27231a27232a665786365707491a178a5666c61677382a8766f6c6174696c65c3a8636f6d7072657373c2"),
        Hex("93a7656d697474657282a47479706502a46461746192a1650181a5726f6f6d7390"),
    ];

    /// <summary>What servers and emitters ask; nothing that disconnects.</summary>
    public static readonly byte[][] Requests =
    [
        Json("""{"uid":"abcdef","requestId":"PDzzuM","type":0,"rooms":["r1"]}"""),
        Json("""{"uid":"abcdef","requestId":"PDzzuM","type":1}"""),
        Json("""{"uid":"abcdef","type":2,"opts":{"rooms":["r1"],"except":["r2",3]},"rooms":["a","b"]}"""),
        Json("""{"type":3,"opts":{"rooms":[],"except":[],"flags":{"volatile":true,"timeout":1000}},"rooms":["ä\ud83d\ude00"]}"""),
        Json("""{"requestId":"x","type":2,"sid":"abc","room":"r"}"""),
        Json("""{"uid":"abcdef","requestId":"PDzzuM","type":5,"opts":{"rooms":["r1"],"except":[]}}"""),
        Json("""{"uid":"abcdef","requestId":"KT56YF","type":6,"data":["ev",1.5e3,{"a":[null,true,"x"]}]}"""),
        Hex("84a3756964a6616263646566a9726571756573744964a6726571313233a47479706506a46461746193a26576c4020102d6ff6928bbd0"),
        Hex("85a3756964a6616263646566a9726571756573744964a6726571313233a47479706507a67061636b657483a47479706502"
            + "a46461746192a17107a36e7370a12fa46f70747383a5726f6f6d7391a27231a665786365707490a5666c61677381a774696d656f7574cd03e8"),
    ];

    /// <summary>What they answer.</summary>
    public static readonly byte[][] Answers =
    [
        Json("""
            {"requestId":"r","sockets":[{"id":"abc","handshake":{"headers":{"a":"b","c":["d","e"]},
            "time":"Fri Nov 27 2026 21:00:00 GMT+0100 (CET)","address":"::1","xdomain":false,"secure":true,"issued":1764277200000,
            "url":"/?a=1","query":{"a":"1"},"auth":{"token":1}},"rooms":["abc","r1"],"data":{"name":"x"}}]}
            """),
        Json("""{"requestId":"r","sockets":["abc","def"]}"""),
        Json("""{"requestId":"r","rooms":["abc","r1"]}"""),
        Json("""{"type":6,"requestId":"r","data":{"sum":5}}"""),
        Json("""{"type":8,"requestId":"r","clientCount":3}"""),
        Hex("83a47479706509a9726571756573744964a172a67061636b657493a172c4010991c0"),
        Json("""{"requestId":"r"}"""),
    ];

    /// <summary>What the cluster adapters say, in each form.</summary>
    public static readonly byte[][] ClusterMessages =
    [
        Json("""{"uid":"0123456789abcdef","nsp":"/","type":1}"""),
        Json("""
            {"uid":"0123456789abcdef","nsp":"/","type":3,"data":{"packet":{"type":2,"data":["e",1]},"requestId":"r",
            "opts":{"rooms":["r1"],"except":["x"],"flags":{"timeout":5000}}}}
            """),
        Json("""{"uid":"0123456789abcdef","nsp":"/","type":4,"data":{"opts":{"rooms":["r1"],"except":[]},"rooms":["a"]}}"""),
        Json("""{"uid":"0123456789abcdef","nsp":"/","type":6,"data":{"opts":{"rooms":["r1"],"except":[]},"close":true}}"""),
        Json("""{"uid":"0123456789abcdef","nsp":"/","type":7,"data":{"opts":{"rooms":["r1"],"except":[]},"requestId":"r"}}"""),
        Json("""{"uid":"0123456789abcdef","type":8,"data":{"requestId":"r","sockets":[{"id":"a","handshake":{},"rooms":[],"data":{}}]}}"""),
        Json("""{"uid":"0123456789abcdef","nsp":"/","type":11,"data":{"requestId":"r","clientCount":3}}"""),
        Hex("84a3756964b030313233343536373839616263646566a36e7370a12fa4747970650ca46461746182"
            + "a9726571756573744964a172a67061636b6574c4020102"),
    ];

    private static byte[] Hex(string hex) => Convert.FromHexString(hex);

    private static byte[] Json(string json) => Encoding.UTF8.GetBytes(json);
}
