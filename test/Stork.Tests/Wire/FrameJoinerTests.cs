using Stork.Wire;

namespace Stork.Tests.Wire;

public sealed class FrameJoinerTests
{
    private readonly FrameJoiner _joiner = new();

    [Fact]
    public void Frames_are_joined_once_for_all_that_have_the_same_ahead()
    {
        byte[] first = [1, 2];
        byte[] second = [3];
        var joined = _joiner.Join(first, second);
        joined.ShouldBe([1, 2, 3]);
        _joiner.Join(first, second).ShouldBeSameAs(joined);
        _joiner.Join(joined!, [4]).ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public void What_is_ahead_on_another_connection_is_not_taken_for_the_same()
    {
        byte[] second = [3];
        _joiner.Join([1], second).ShouldBe([1, 3]);
        _joiner.Join([2], second).ShouldBe([2, 3]);
    }

    [Fact]
    public void Frames_of_one_connection_alone_are_not_joined_again_and_again()
    {
        var joined = _joiner.Join([1], [2]);
        _joiner.Join(joined!, [3]).ShouldBeNull();
    }

    [Fact]
    public void Long_pieces_are_not_joined() => _joiner.Join(new byte[16 * 1024], [1]).ShouldBeNull();
}
