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
    public void What_follows_on_another_connection_is_not_taken_for_the_same()
    {
        byte[] first = [1];
        _joiner.Join(first, [2]).ShouldBe([1, 2]);
        _joiner.Join(first, [3]).ShouldBe([1, 3]);
    }

    [Fact]
    public void Frames_with_the_same_content_that_are_others_are_joined_for_themselves()
    {
        var joined = _joiner.Join([1], [2]);
        _joiner.Join([1], [2]).ShouldNotBeSameAs(joined);
    }

    [Fact]
    public void Frames_of_one_connection_alone_are_not_joined_again_and_again()
    {
        var joined = _joiner.Join([1], [2]);
        _joiner.Join(joined!, [3]).ShouldBeNull();
    }

    [Fact]
    public void That_others_had_their_frames_in_common_does_not_count_for_those_of_one_alone()
    {
        byte[] first = [1];
        byte[] second = [2];
        _joiner.Join(first, second);
        _joiner.Join(first, second);
        var joined = _joiner.Join([3], [4]);
        _joiner.Join(joined!, [5]).ShouldBeNull();
    }

    [Theory]
    [InlineData(16 * 1024 - 1, true)]
    [InlineData(16 * 1024, false)]
    public void Long_pieces_are_not_joined(int length, bool isJoined) =>
        (_joiner.Join(new byte[length], [1]) is not null).ShouldBe(isJoined);

    [Fact]
    public void Nothing_is_kept_beyond_the_batch()
    {
        byte[] first = [1];
        byte[] second = [2];
        var joined = _joiner.Join(first, second);
        _joiner.Clear();
        _joiner.Join(first, second).ShouldBe([1, 2]);
        _joiner.Join(first, second).ShouldNotBeSameAs(joined);
    }
}
