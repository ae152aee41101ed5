namespace Stork.Tests.Documentation;

/// <summary>The documentation promises only what a test shows, and names that test.</summary>
public sealed class DocsTests
{
    public static TheoryData<string> Pages => [.. SourceTree.Pages];

    public static TheoryData<string> PagesOfPromises => [.. SourceTree.Pages.Where(static page => new DocumentedPage(page).Promises.Any())];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_test_that_a_page_names_is_where_the_page_says(string page) =>
        new DocumentedPage(page).References.Where(static named => !named.Exists).ShouldBeEmpty($"{page} names tests that are not there.");

    [Theory]
    [MemberData(nameof(PagesOfPromises))]
    public void Every_promise_names_its_test(string page)
    {
        var read = new DocumentedPage(page);
        read.Promises.Where(row => !read.NamesATest(row)).ShouldBeEmpty($"{page} promises what no test shows.");
    }

    /// <summary>So that the tests above do not pass for having looked at nothing.</summary>
    [Fact]
    public void The_pages_that_make_promises_and_the_tests_of_all_projects_are_found()
    {
        string[] known = ["docs/guarantees.md", "docs/queues.md", "docs/queues-faults.md", "docs/from-node.md", "docs/jobs.md"];
        known.ShouldBeSubsetOf(PagesOfPromises.Select(static row => row.Data));
        foreach (var page in known) new DocumentedPage(page).References.Count().ShouldBeGreaterThan(20, page);
        TestCatalog.All.Select(static test => test.Folder.Split('/')[1]).Distinct().Count().ShouldBeGreaterThan(4);
    }

    /// <summary>In from-node.md, a difference outside of the tables would have no test.</summary>
    [Fact]
    public void Differences_to_Node_stand_in_the_tables_alone() =>
        File.ReadLines(Path.Combine(SourceTree.Root, "docs/from-node.md"))
            .SkipWhile(static line => line != "## What is different on purpose")
            .TakeWhile(static line => line != "## What is not there")
            .Where(static line => line.StartsWith("- ", StringComparison.Ordinal))
            .ShouldBeEmpty("A difference without a test is none that anybody can rely on.");
}
