namespace Stork.Protocol.Tests.Fuzzing;

/// <summary>What the mutations start from: every form there is on the wire, and the ends of every rule.</summary>
internal static class Corpus
{
    public static readonly byte[][] Packets = [.. new[]
    {
        "0", "0{\"token\":\"123\"}", "0/admin,", "0/admin,{\"pid\":\"P\",\"offset\":\"O\"}", "0/x?a=b", "1", "1/admin,",
        "2[\"foo\"]", "2[\"foo\",1,\"bar\",{\"a\":[true,false,null]}]", "2/admin,456[\"project:delete\",123]", "212[1,2.5e-3,-0]",
        "2[\"\\u0061\\ud83d\\ude00\\ud800\\n\"]", "2[ \"a\" , { } , [ ] ] ", "29007199254740991[\"a\"]", "2[\"été ☃ 😀\",\"\u2028\"]",
        "2[\"connect\"]", "2[\"removeListener\",1]", "3[]", "3/admin,456[\"bar\"]", "399999999999999999999[null]",
        "4{\"message\":\"Not authorized\"}", "4/x,{\"message\":\"m\",\"data\":{\"code\":1}}", "4\"refused\"",
        "51-[\"a\",{\"_placeholder\":true,\"num\":0}]",
        "52-/admin,7[\"a\",{\"_placeholder\":true,\"num\":0},[{\"num\":1,\"_placeholder\":true}]]",
        "510-[\"a\",{\"k\":{\"\\u005fplaceholder\":true,\"n\\u0075m\":9}}]", "52-[\"a\",{\"_placeholder\":true,\"num\":0,\"num\":1}]",
        "51-[\"a\",{\"_placeholder\":false,\"num\":7}]",
        "61-[{\"_placeholder\":true,\"num\":0}]", "62-/admin,456[{\"_placeholder\":true,\"num\":1}]",
        "52-[\"a\",{\"_placeholder\":true,\"num\":0},{\"num\":7},{\"num\":1,\"_placeholder\":true},{\"k\":true,\"num\":0}]",
        "51-[\"a\",{\"_pl\\ud800aceholder\":true,\"__proto__\":{}}]",
    }.Select(text => Wire.Utf8(text).ToArray())];

    public static readonly byte[][] Frames = [.. new[]
    {
        "0{\"sid\":\"lv_VI97HAXpY6yYWAAAC\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}",
        "1", "2", "2probe", "3", "3probe", "4", "4hello", "42[\"foo\"]", "5", "6", "b", "bAQIDBA==", "bAQID\nBA==\n", "b/+8=", "44\u001e4",
    }.Select(text => Wire.Utf8(text).ToArray())];

    public static readonly byte[][] Bodies = [.. new[]
    {
        "40", "42[\"foo\"]\u001e42[\"bar\",1]", "451-[\"a\",{\"_placeholder\":true,\"num\":0}]\u001ebAQIDBA==",
        "6\u001e1", "3\u001e40/admin,\u001e41",
        "452-[\"a\"]\u001ebAA==\u001ebAQID\u001e461-[]\u001eb",
        "4€☃😀\u001e4é", "2probe\u001e5", "\u001e", "4a\u001e", "bAQID\r\nBA==\r\n\u001e6",
    }.Select(text => Wire.Utf8(text).ToArray())];
}
