using System.Buffers;
using System.Text.Json;

namespace Stork.Protocol.Tests.EngineIO;

public class EngineHandshakeWriterTests
{
    [Fact]
    public void Writes_the_five_keys_in_the_order_of_the_original() =>
        Write("lv_VI97HAXpY6yYWAAAC", ["websocket"]).ShouldBe(
            """{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""");

    [Fact]
    public void Offers_no_upgrade_where_there_is_none() =>
        Write("a", []).ShouldBe("""{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""");

    [Fact]
    public void Offers_several_upgrades() =>
        Write("a", ["websocket", "webtransport"]).ShouldContain("\"upgrades\":[\"websocket\",\"webtransport\"]");

    [Fact]
    public void Stays_json_whatever_the_id_is()
    {
        using var json = JsonDocument.Parse(Write("a\"b\\c\u0000é+", []));
        json.RootElement.GetProperty("sid").GetString().ShouldBe("a\"b\\c\u0000é+");
    }

    [Fact]
    public void Needs_a_writer_and_an_id()
    {
        Should.Throw<ArgumentNullException>(() => EngineHandshakeWriter.Write(null!, "a", [], 1, 1, 1));
        Should.Throw<ArgumentNullException>(() => EngineHandshakeWriter.Write(new ArrayBufferWriter<byte>(), null!, [], 1, 1, 1));
    }

    private static string Write(string sid, string[] upgrades)
    {
        var buffer = new ArrayBufferWriter<byte>();
        EngineHandshakeWriter.Write(buffer, sid, upgrades, 25_000, 20_000, 1_000_000);
        return Wire.Text(buffer.WrittenMemory);
    }
}
