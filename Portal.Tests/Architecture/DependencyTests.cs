using System.Reflection;
using Microsoft.AspNetCore.Components;
using NetArchTest.Rules;
using Portal.Components.Overlays;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Core.Topology;
using Portal.Emulator;
using Portal.Features.Environments;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;
using Portal.Tests.Fixtures;
using Portal.Worker;

namespace Portal.Tests.Architecture;

/// <summary>Who may know whom: ARCHITECTURE.md in a form that fails.</summary>
public sealed class DependencyTests
{
    private static readonly Assembly Web = typeof(global::Portal.PortalApp).Assembly;

    [Theory]
    [InlineData("Portal.Worker")]
    [InlineData("Portal.Emulator")]
    [InlineData("Portal.Stage")]
    public void Portal_OutsideTheEmbeddedComposition_KnowsNoTypeOf(string other)
    {
        var known = Types.InAssembly(Web).That().DoNotResideInNamespace("Portal.Infrastructure.Embedded").ShouldNot().HaveDependencyOn(other).GetResult();

        known.FailingTypeNames.ShouldBeNull(string.Join(", ", known.FailingTypeNames ?? []));
    }

    [Fact]
    public void Portal_InTheEmbeddedComposition_DoesUseBoth()
    {
        // Otherwise the test above would pass because it looks at the wrong names.
        var embedded = Types.InAssembly(Web).That().ResideInNamespace("Portal.Infrastructure.Embedded");

        embedded.And().HaveDependencyOn("Portal.Worker").GetTypes().ShouldNotBeEmpty();
        embedded.And().HaveDependencyOn("Portal.Emulator").GetTypes().ShouldNotBeEmpty();
    }

    [Fact]
    public void Core_References_NoUserInterfaceNorCloudPackage() =>
        References(typeof(Plan).Assembly).ShouldNotContain(name =>
            name.StartsWith("AWSSDK", StringComparison.Ordinal) || name.StartsWith("KubernetesClient", StringComparison.Ordinal) || name.StartsWith("MudBlazor", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.AspNetCore.Components", StringComparison.Ordinal) || name.StartsWith("Portal", StringComparison.Ordinal));

    [Fact]
    public void Worker_References_NeitherPortalNorEmulator() =>
        References(typeof(WorkerApp).Assembly).Where(name => name.StartsWith("Portal", StringComparison.Ordinal)).ShouldBe(["Portal.Core"]);

    [Fact]
    public void Emulator_References_NothingOfTheProduct() =>
        References(typeof(EmulatorApp).Assembly).ShouldNotContain(name => name.StartsWith("Portal", StringComparison.Ordinal));

    [Fact]
    public void Portal_References_NoCloudPackage() =>
        References(Web).ShouldNotContain(name => name.StartsWith("AWSSDK", StringComparison.Ordinal));

    [Theory]
    [InlineData("Portal.Core")]
    [InlineData("Portal.Worker")]
    public void Folders_OfAProject_KnowEachOtherOneWayOnly(string project)
    {
        var assembly = project == "Portal.Core" ? typeof(Plan).Assembly : typeof(WorkerApp).Assembly;
        var folders = assembly.GetTypes().Select(type => type.Namespace ?? "").Where(name => name.StartsWith(project + ".", StringComparison.Ordinal))
            .Select(name => string.Join('.', name.Split('.').Take(3))).Distinct().Order(StringComparer.Ordinal).ToList();
        var known = folders.ToDictionary(folder => folder, folder => folders.Where(other => other != folder && Knows(folder, other)).ToList());

        known.Values.SelectMany(others => others).ShouldNotBeEmpty();
        known.SelectMany(pair => pair.Value.Where(other => known[other].Contains(pair.Key)).Select(other => $"{pair.Key} <-> {other}")).ShouldBeEmpty();

        bool Knows(string folder, string other) =>
            Types.InAssembly(assembly).That().ResideInNamespace(folder).And().HaveDependencyOn(other).GetTypes().Any();
    }

    [Theory]
    [InlineData("Portal.Features")]
    [InlineData("Portal.Components")]
    [InlineData("Portal.Core.Topology")]
    public void WhatShows_KnowsNoRowAndNoDatabase(string part)
    {
        var assembly = part.StartsWith("Portal.Core", StringComparison.Ordinal) ? typeof(Plan).Assembly : Web;
        var types = Types.InAssembly(assembly).That().ResideInNamespace(part);

        types.GetTypes().ShouldNotBeEmpty();
        var known = types.ShouldNot().HaveDependencyOnAny("Portal.Core.Persistence", "Microsoft.EntityFrameworkCore", "Npgsql").GetResult();
        known.FailingTypeNames.ShouldBeNull(string.Join(", ", known.FailingTypeNames ?? []));
    }

    [Fact]
    public void Features_Components_GetDataThroughTheirDeskOnly()
    {
        // Data files and what computes from its arguments alone; who is signed in; the clock; whether changes arrive; what opens over the page.
        Type[] harmless =
        [
            typeof(ServiceCatalog), typeof(GoldenPaths), typeof(TopologyBuilder), typeof(EnvironmentViews), typeof(SpecificationValidator), typeof(CurrentActor), typeof(PageClock), typeof(LiveConnection), typeof(PageOverlays),
        ];
        var components = Web.GetTypes().Where(type => typeof(IComponent).IsAssignableFrom(type) && !type.IsAbstract && type.Namespace!.StartsWith("Portal.Features.", StringComparison.Ordinal)).ToList();

        components.Where(type => Injected(type).Any(IsDesk)).ShouldNotBeEmpty();
        foreach (var component in components)
        {
            var doors = Injected(component).Where(type => type.Namespace!.StartsWith("Portal.", StringComparison.Ordinal) && !harmless.Contains(type)).Distinct().ToList();
            doors.All(door => IsDesk(door) && (component.Namespace + ".").StartsWith(door.Namespace + ".", StringComparison.Ordinal)).ShouldBeTrue($"{component.FullName}: {string.Join(", ", doors)}");
            doors.Count.ShouldBeLessThanOrEqualTo(1, component.FullName);
        }

        static bool IsDesk(Type type) => type.IsInterface && type.Name.EndsWith("Desk", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Portal.Core")]
    [InlineData("Portal.Worker")]
    [InlineData("Portal")]
    public void Product_Source_HasNoLineThatKnowsOfTheEmulator(string project)
    {
        var folder = Path.Combine(ProgramUnderTest.RepositoryRoot, project);
        var lines = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => path.EndsWith(".cs", StringComparison.Ordinal) || path.EndsWith(".razor", StringComparison.Ordinal))
            .Where(path => !Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin" or "Embedded"))
            .SelectMany(path => File.ReadLines(path).Select((line, number) => (path, line, number)))
            .Where(item => item.line.Contains("emulator", StringComparison.OrdinalIgnoreCase) || item.line.Contains("simulat", StringComparison.OrdinalIgnoreCase))
            .Where(item => item.line.Trim() is not "using Portal.Infrastructure.Embedded;")
            // Who decides has to read where a plan was rehearsed.
            .Where(item => Path.GetFileName(item.path) != "RehearsalWords.cs");

        lines.ShouldBeEmpty();
    }

    private static IEnumerable<Type> Injected(Type component) =>
    [
        .. component.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Select(parameter => parameter.ParameterType),
        .. Ancestors(component).SelectMany(type => type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(property => property.IsDefined(typeof(InjectAttribute))).Select(property => property.PropertyType),
    ];

    private static IEnumerable<Type> Ancestors(Type? type)
    {
        for (; type is not null; type = type.BaseType)
            yield return type;
    }

    private static IReadOnlyList<string> References(Assembly assembly) => [.. assembly.GetReferencedAssemblies().Select(name => name.Name!)];
}
