using System.Text;

namespace Stork.Protocol.Tests.SocketIO;

public class PacketHeaderTests
{
    [Theory]
    [InlineData(PacketType.Connect, 0, "/", -1, "0")]
    [InlineData(PacketType.Connect, 0, "", -1, "0")]
    [InlineData(PacketType.Connect, 0, "/admin", -1, "0/admin,")]
    [InlineData(PacketType.Disconnect, 0, "/admin", -1, "1/admin,")]
    [InlineData(PacketType.Event, 0, "/", -1, "2")]
    [InlineData(PacketType.Event, 0, "/", 0, "20")]
    [InlineData(PacketType.Event, 0, "/été", 12, "2/été,12")]
    [InlineData(PacketType.Ack, 0, "/", 12, "312")]
    [InlineData(PacketType.Ack, 0, "/admin", 13, "3/admin,13")]
    [InlineData(PacketType.ConnectError, 0, "/x", -1, "4/x,")]
    [InlineData(PacketType.BinaryEvent, 1, "/", -1, "51-")]
    [InlineData(PacketType.BinaryEvent, 10, "/admin", 456, "510-/admin,456")]
    [InlineData(PacketType.BinaryAck, 2, "/", 7, "62-7")]
    [InlineData(PacketType.BinaryAck, 2, "/x", long.MaxValue, "62-/x,9223372036854775807")]
    [InlineData(PacketType.Event, 3, "/", 1, "21")]
    public void Writes_type_attachments_namespace_and_id(PacketType type, int attachments, string nsp, long ackId, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(nsp);
        var destination = new byte[PacketHeader.GetMaxLength(bytes.Length)];

        var length = PacketHeader.Format(destination, type, attachments, bytes, ackId);

        Encoding.UTF8.GetString(destination, 0, length).ShouldBe(expected);
        destination.AsSpan(length).ToArray().ShouldAllBe(b => b == 0);
    }

    [Fact]
    public void The_longest_header_just_fits()
    {
        var destination = new byte[PacketHeader.GetMaxLength(3)];

        var length = PacketHeader.Format(destination, PacketType.BinaryAck, int.MaxValue, "/ab"u8, long.MaxValue);

        length.ShouldBe(destination.Length);
        Encoding.UTF8.GetString(destination).ShouldBe("62147483647-/ab,9223372036854775807");
    }

    [Fact]
    public void A_destination_that_is_just_long_enough_is_filled_and_one_byte_less_is_refused()
    {
        const string expected = "52-/admin,456";
        var exact = new byte[expected.Length];

        PacketHeader.Format(exact, PacketType.BinaryEvent, 2, "/admin"u8, 456).ShouldBe(expected.Length);
        Encoding.UTF8.GetString(exact).ShouldBe(expected);
        Should.Throw<ArgumentException>(
            () => PacketHeader.Format(new byte[expected.Length - 1], PacketType.BinaryEvent, 2, "/admin"u8, 456));
    }

    [Theory]
    [InlineData((PacketType)7, 0, "/", -1)]
    [InlineData(PacketType.Event, 0, "/", -2)]
    [InlineData(PacketType.BinaryEvent, 0, "/", -1)]
    [InlineData(PacketType.BinaryAck, -1, "/", -1)]
    [InlineData(PacketType.Event, 0, "x/", -1)]
    [InlineData(PacketType.Event, 0, "/a,b", -1)]
    public void Refuses_what_could_not_be_read_again(PacketType type, int attachments, string nsp, long ackId) =>
        Should.Throw<ArgumentException>(() => PacketHeader.Format(new byte[100], type, attachments, Encoding.UTF8.GetBytes(nsp), ackId));
}
