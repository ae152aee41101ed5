using System.Buffers.Binary;
using Stork.Queues.Journal;

namespace Stork.Queues.Tests;

/// <summary>The one loop over a frame's records says where a frame contradicts itself.</summary>
public sealed class FrameRecordsTests
{
    [Fact]
    public void Goes_over_all_records_of_a_sound_frame()
    {
        var (kinds, fault, _) = Read(Body(3), 3);
        kinds.ShouldBe([1, 2, 3]);
        fault.ShouldBeNull();
    }

    [Theory]
    [InlineData(2, "more than its records")]
    [InlineData(4, "fewer records than it says")]
    public void Names_a_number_of_records_that_is_not_the_headers(int count, string fault)
    {
        var body = Body(3);
        var read = Read(body, count);
        read.Fault.ShouldNotBeNull().ShouldContain(fault);
        read.Kinds.Count.ShouldBe(Math.Min(count, 3));
        read.Offset.ShouldBe(count < 3 ? body.Length / 3 * 2 : body.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1000)]
    public void Names_a_record_whose_length_cannot_be(int length)
    {
        var body = Body(3);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(body.Length / 3), length);
        var (kinds, fault, offset) = Read(body, 3);
        kinds.ShouldBe([1]);
        fault.ShouldNotBeNull().ShouldContain("length is wrong");
        offset.ShouldBe(body.Length / 3);
    }

    [Fact]
    public void Goes_on_at_the_record_where_an_earlier_loop_stopped()
    {
        var body = Body(3);
        var first = new FrameRecords(body, 3);
        first.MoveNext().ShouldBeTrue();
        first.MoveNext().ShouldBeTrue();
        var second = new FrameRecords(body, 3, first.Offset, first.Index);
        second.MoveNext().ShouldBeTrue();
        second.Record[0].ShouldBe((byte)2);
        second.Index.ShouldBe(1);
        second.MoveNext().ShouldBeTrue();
        second.MoveNext().ShouldBeFalse();
        second.Fault.ShouldBeNull();
    }

    /// <summary>Records of one size, of the kinds 1, 2 and so on.</summary>
    private static byte[] Body(int records)
    {
        var frame = new FrameBuilder();
        frame.Use(new byte[1000]);
        frame.Reset(1, 1000, 0, 1);
        for (var i = 1; i <= records; i++)
        {
            frame.Begin((RecordKind)i);
            frame.Fixed64(7);
            frame.End();
        }

        return frame.Seal(1, 0, 0).Span[JournalFormat.FrameHeaderBytes..].ToArray();
    }

    private static (List<byte> Kinds, string? Fault, int Offset) Read(byte[] body, int count)
    {
        var kinds = new List<byte>();
        var records = new FrameRecords(body, count);
        while (records.MoveNext()) kinds.Add(records.Record[0]);
        return (kinds, records.Fault, records.Offset);
    }
}
