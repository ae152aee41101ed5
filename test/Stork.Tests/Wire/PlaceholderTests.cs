using System.Text;
using Stork.Wire;

namespace Stork.Tests.Wire;

public sealed class PlaceholderTests
{
    [Theory]
    [InlineData(0, "{\"_placeholder\":true,\"num\":0}")]
    [InlineData(9, "{\"_placeholder\":true,\"num\":9}")]
    [InlineData(10, "{\"_placeholder\":true,\"num\":10}")]
    [InlineData(int.MaxValue, "{\"_placeholder\":true,\"num\":2147483647}")]
    public void Is_written_as_official_clients_write_it(int number, string expected)
    {
        var buffer = new byte[Placeholder.MaxLength];
        Encoding.UTF8.GetString(buffer, 0, Placeholder.Write(buffer, number)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("{\"_placeholder\":true,\"num\":0}", 0)]
    [InlineData("{\"_placeholder\":true,\"num\":9}", 9)]
    public void Of_the_first_ten_is_read(string json, int expected)
    {
        Placeholder.TryRead(Encoding.UTF8.GetBytes(json), out var number).ShouldBeTrue();
        number.ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"_placeholder\":true,\"num\":10}")]
    [InlineData("{\"_placeholder\":true,\"num\":-1}")]
    [InlineData("{\"_placeholder\":true,\"num\":x}")]
    [InlineData("{\"_placeholder\":true,\"num\": }")]
    [InlineData("{\"_placeholder\":true,\"num\":1]")]
    [InlineData("{\"_placeholder\":true,\"nun\":1}")]
    [InlineData("{\"num\":0,\"_placeholder\":true}")]
    public void In_any_other_form_is_left_to_the_converters(string json) =>
        Placeholder.TryRead(Encoding.UTF8.GetBytes(json), out _).ShouldBeFalse();
}
