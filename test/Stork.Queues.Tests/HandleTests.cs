using System.Text;
using Stork.Queues.Rules;

namespace Stork.Queues.Tests;

/// <summary>What an application asks for with every message is made once.</summary>
public sealed class HandleTests
{
    private const int Names = 10_000;

    /// <summary>Of the table of handles; a place is found by the name's hash.</summary>
    private const int Places = 4096;

    [Fact]
    public async Task Two_queues_whose_names_share_a_place_both_keep_their_handles()
    {
        await using var store = await OpenAsync();
        var (one, other) = FindPair();
        var (first, second) = (store.Inbox(one), store.Inbox(other));
        store.Inbox(one).ShouldBeSameAs(first);
        store.Inbox(other).ShouldBeSameAs(second);
        store.Inbox(one).ShouldBeSameAs(first);
    }

    [Fact]
    public async Task However_many_names_are_used_each_gets_a_handle_of_its_own()
    {
        await using var store = await OpenAsync();
        for (var i = 0; i < Names; i++) store.Inbox($"u{i % (Names / 2)}").Name.ShouldBe($"u{i % (Names / 2)}");
    }

    [Fact]
    public void However_many_subjects_are_used_each_has_its_own_bytes()
    {
        for (var i = 0; i < Names; i++) SubjectBytes.Of($"s{i % 100}").ShouldBe(Encoding.UTF8.GetBytes($"s{i % 100}"));
    }

    [Fact]
    public void The_bytes_of_a_subject_that_is_used_again_are_the_same() =>
        SubjectBytes.Of("again and again").ShouldBeSameAs(SubjectBytes.Of("again and again"));

    private static Task<QueueStore> OpenAsync() => QueueStore.OpenAsync("", new QueueStoreOptions { Durability = Durability.Memory });

    private static (string One, string Other) FindPair()
    {
        var names = Enumerable.Range(0, Names).Select(static i => $"u{i}");
        var place = names.GroupBy(static name => StringComparer.Ordinal.GetHashCode(name) & (Places - 1)).First(static g => g.Count() > 1);
        return (place.First(), place.ElementAt(1));
    }
}
